"""The offline stand-in for the API: checks, remembers and bills like the real one.

- service: an array of tasks in, an envelope out
- validate_task: the requests that the API refuses; tasks: those accepted
- describe: captions that say only what can be measured
"""
