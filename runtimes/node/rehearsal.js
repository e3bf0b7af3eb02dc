// What a process that was started ahead of need calls once before it waits for a function, so that all that a first call
// takes of ours has been read, compiled and run by then.
'use strict';

exports.handler = async (event, context) => ({ event, left: context.getRemainingTimeInMillis() });
