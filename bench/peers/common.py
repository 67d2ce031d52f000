"""What the peer scripts share: options, clock, optimiser, averaged weights."""

import argparse
import copy
import json
import resource
import statistics
import time

import torch

BATCHES = 8  # batches of noise that take turns, as in `impasto bench`


def options(description):
    """The command line that all timed scripts have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layout", choices=["contiguous", "channels-last"], default="contiguous")
    parser.add_argument("--adam", choices=["fused", "foreach", "plain"], default="fused")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="bf16: torch.autocast")
    parser.add_argument("--compile", action="store_true", help="torch.compile the networks (needs a C++ compiler)")
    parser.add_argument("--profile", action="store_true", help="say where the time goes, on standard error")
    return parser


def start(asked):
    torch.manual_seed(1)
    torch.set_num_threads(asked.threads)


def autocast(asked):
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=asked.precision == "bf16")


def memory_format(asked):
    return torch.channels_last if asked.layout == "channels-last" else torch.contiguous_format


def prepared(network, asked):
    """The network in the memory layout that was asked for, compiled on request."""
    network = network.to(memory_format=memory_format(asked))
    if asked.compile:
        network.compile()
    return network


def adam(network, asked, **settings):
    kind = {"fused": {"fused": True}, "foreach": {"foreach": True}, "plain": {"foreach": False}}
    return torch.optim.Adam(network.parameters(), **settings, **kind[asked.adam])


def noise(batch, channels, size):
    """Batches of pictures in which every byte is random."""
    shape = (batch, channels, size, size)
    return [torch.randint(0, 256, shape, dtype=torch.uint8) for _ in range(BATCHES)]


def to_pictures(pixels, asked):
    """Bytes to values in [-1, 1]."""
    return pixels.float().div_(127.5).sub_(1.0).contiguous(memory_format=memory_format(asked))


class Average:
    """A running average of a network's weights and running statistics, to paint with."""

    def __init__(self, network, keep):
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.keep = keep
        self.mine, self.theirs = tensors(self.network), tensors(network)

    @torch.no_grad()
    def update(self, step):
        keep = min(self.keep, (1 + step) / (10 + step))
        torch._foreach_lerp_(self.mine, self.theirs, 1 - keep)


def tensors(network):
    buffers = [buffer for buffer in network.buffers() if buffer.is_floating_point()]
    return [parameter.detach() for parameter in network.parameters()] + buffers


def peak_memory():
    """Bytes of memory that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def repeat(step, asked):
    """Seconds of each step after the warm-up."""
    seconds = []
    for turn in range(asked.warmup + asked.steps):
        started = time.perf_counter()
        step(turn)
        if turn >= asked.warmup:
            seconds.append(time.perf_counter() - started)
    return seconds


def in_numbers(name, part, batch, seconds, operations=None):
    ms = sorted(1e3 * one for one in seconds)
    median = statistics.median(ms)
    tenths = statistics.quantiles(ms, n=10, method="inclusive") if len(ms) > 1 else [ms[0]] * 9
    numbers = {
        "name": name,
        "part": part,
        "batch": batch,
        "ms_median": median,
        "ms_p10": tenths[0],
        "ms_p90": tenths[8],
        "pictures_per_second": 1e3 * batch / median,
    }
    if operations is not None:
        numbers["gflops"] = operations / median / 1e6
    return numbers


def tell(timings, asked):
    """One JSON object on standard output, like that of `impasto bench --json`."""
    measured = {
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "precision": asked.precision,
        "layout": asked.layout,
        "adam": asked.adam,
        "compile": asked.compile,
        "steps": asked.steps,
        "warmup": asked.warmup,
        "peak_memory": peak_memory(),
        "timings": timings,
    }
    print(json.dumps(measured))


def run(name, batch, step, asked):
    """Times a step and tells."""
    if asked.profile:
        return profile(step, asked)
    tell([in_numbers(name, "step", batch, repeat(step, asked))], asked)


def profile(step, asked):
    from torch.profiler import ProfilerActivity

    for turn in range(asked.warmup):
        step(turn)
    with torch.profiler.profile(activities=[ProfilerActivity.CPU]) as seen:
        for turn in range(asked.steps):
            step(asked.warmup + turn)
    print(seen.key_averages().table(sort_by="self_cpu_time_total", row_limit=25, max_name_column_width=50))
