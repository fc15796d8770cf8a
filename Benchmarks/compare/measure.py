"""How a peer measures itself: as `rnn bench` does, by the median over steps."""
import json
import statistics
import time


def report(step, tokens, seconds, **more):
    """Runs `step` for some seconds after a first call, and prints one JSON object."""
    step()
    times = []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < 3:
        before = time.perf_counter()
        step()
        times.append(time.perf_counter() - before)
    median = statistics.median(times)
    print(json.dumps({"tokens_per_second": tokens / median, "milliseconds_per_step": median * 1e3,
                      "steps": len(times), **more}))
