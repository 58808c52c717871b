"""This project side by side with what one would pick instead, doing the same work on one machine.

    make bench                        everything, in at most 35 minutes on 2 cores
    make bench QUICK=1                the same in under 5 minutes, one round: does it all work?
    make bench CHAPTERS="noop growth"  some of it

A chapter is a module with `pieces(quick)`: noop, sentiment, whole_api, growth, startup. A
piece starts one server, measures it and stops it; its rows are kept, so that a run that was cut off
goes on where it stopped. The pieces of a chapter are done in rounds, one of each system and then
again, so that a slow minute of the machine falls on all of them. The report is `results/README.md`.

How to read it: ratios between systems of one run say something; the absolute numbers say how fast
this machine was that day. The client runs on the same machine and takes its share of the cores:
every row says how much.
"""
