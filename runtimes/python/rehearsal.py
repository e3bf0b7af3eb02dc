"""What a process that was started ahead of need does once before it waits for a function: what it does for one. Pages of
memory that this writes to are copied from the zygote's then, and not while a caller waits: half of a first call's."""


def handler(event, context):
    return {"event": event, "left": context.get_remaining_time_in_millis()}
