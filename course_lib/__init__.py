"""The code of the course: one module a lesson, extracted from the notebook of the same name."""
