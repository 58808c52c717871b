"""The code of the course: one module a lesson, extracted from the notebook of the same name.

    online_inference   what waits and what computes in one process, and the price of 1,000 answers
    single_deployment  a model, or plain rules, as one deployment
    fastapi_ingress    the same behind checked parameters and typed answers
    scaling            how many replicas a load needs
    autoscaling        replicas that follow the load, and a policy of your own
    batching           many requests, one forward pass
    pipeline           a photograph through three stages
    broadcast          several models at once, one answer by a deadline
    conditional        the cheap or the expensive model, by the request
    wikipedia_nlp_api  the whole service that the lessons build up to
    when_things_break  a service ready for its own failures
    streaming_chat     a chatbot whose conversations share a model, token by token
    many_models        forty models in two replicas, each of which holds three
    into_production    a service to deploy from a file, to change while it runs, and to watch

`support` is written by hand: what the lessons need and do not teach.
"""
