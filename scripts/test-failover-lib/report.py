"""The table at the end."""

KINDS = ["reads", "decisions", "changes"]


def table(episodes, setups):
    """For each fault and set-up: how many requests were answered and how many got 503, and the longest time without an
    answer."""
    heads = ["fault", "set-up", *(f"{kind}: 200, 503, gap" for kind in KINDS)]
    rows = [[episode.name, setup.name, *(cell(episode, setup, kind) for kind in KINDS)]
            for episode in episodes for setup in setups]
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    lines = ["| " + " | ".join(text.ljust(width) for text, width in zip(row, widths)) + " |" for row in [heads, *rows]]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def cell(episode, setup, kind):
    sent = [each for each in setup.record.sent if each.kind == kind and episode.begun <= each.ended <= episode.ended]
    answered = len([each for each in sent if each.status == 200])
    refused = len([each for each in sent if each.status == 503])
    return f"{answered:,}, {refused:,}, {longest_gap(episode, setup, kind):.1f} s"


def longest_gap(episode, setup, kind):
    """The longest time between two answered requests of this kind."""
    times = [episode.begun, episode.ended]
    times += [each.ended for each in setup.record.sent
              if each.kind == kind and each.status == 200 and episode.begun < each.ended < episode.ended]
    times.sort()
    return max(later - earlier for earlier, later in zip(times, times[1:]))
