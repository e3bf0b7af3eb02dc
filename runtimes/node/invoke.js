// One call of a handler, in any of its styles: async, callback, or context.succeed and its like. The runtimes from
// nodejs24.x on have but one: what it returns, or what the promise that it returns comes to.
'use strict';

const { NodeJsExit } = require('./errors');
const { logError } = require('./log');

// Told by the name of the runtime, whatever version of Node.js stands for it.
function hasCallbacks() {
  const name = /^AWS_Lambda_nodejs(\d+)\.x$/.exec(process.env.AWS_EXECUTION_ENV || '');
  return !name || Number(name[1]) < 24;
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms'] || 0);
  const json = (name) => {
    const text = headers[name];
    return text ? JSON.parse(Buffer.from(text, 'latin1').toString('utf8')) : undefined;
  };
  return {
    ...(hasCallbacks() ? { callbackWaitsForEmptyEventLoop: true } : {}),
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: json('lambda-runtime-client-context'),
    identity: json('lambda-runtime-cognito-identity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

// What a handler gave, as JSON. Nothing counts as null.
function toJson(value) {
  try {
    return JSON.stringify(value === undefined ? null : value) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

// What to do when the event loop has run dry during an invoke; set while one is under way.
// It never does where many are.
const atEmptyLoop = { act: null, never: false };

// Both resolve with { json } or { error } when the handler has an outcome.
async function invokeReturning(handler, event, headers) {
  const looseEnd = new Promise((resolve, reject) => {
    atEmptyLoop.act = () => reject(new NodeJsExit());
  });
  try {
    return { json: toJson(await Promise.race([handler(event, contextOf(headers)), looseEnd])) };
  } catch (error) {
    return { error: error ?? 'handled' };
  } finally {
    atEmptyLoop.act = null;
  }
}

function invokeWithCallback(handler, event, headers) {
  return new Promise((resolve) => {
    const context = contextOf(headers);
    let ended = false;
    const end = (error, value) => {
      atEmptyLoop.act = null;
      if (error !== undefined && error !== null) return resolve({ error });
      try {
        resolve({ json: toJson(value) });
      } catch (failure) {
        resolve({ error: failure });
      }
      return undefined;
    };
    // The first outcome counts. A callback's waits for the end of all work that was begun, unless told not to.
    const done = (error, value) => {
      if (ended) return;
      ended = true;
      if (context.callbackWaitsForEmptyEventLoop && !atEmptyLoop.never) {
        atEmptyLoop.act = () => end(error, value);
      } else {
        setImmediate(end, error, value);
      }
    };
    const doneNow = (error, value) => {
      context.callbackWaitsForEmptyEventLoop = false;
      done(error, value);
    };
    context.succeed = (value) => doneNow(null, value);
    context.fail = (error) => doneNow(error === undefined || error === null ? 'handled' : error);
    context.done = (error, value) => doneNow(error, value);

    // A handler that never answers: null if it could still have called back, an error if its promise stays open.
    atEmptyLoop.act = () => end(null, null);
    const callback = (error, value) => done(error, value);
    let result;
    try {
      result = handler(event, context, callback);
    } catch (error) {
      doneNow(error ?? 'handled');
      return;
    }
    if (result && typeof result.then === 'function') {
      if (!ended) atEmptyLoop.act = () => end(new NodeJsExit());
      result.then(context.succeed, context.fail);
    }
  });
}

async function invokeBuffered(handler, event, headers, client) {
  const requestId = headers['lambda-runtime-aws-request-id'];
  const invoke = hasCallbacks() ? invokeWithCallback : invokeReturning;
  const outcome = await invoke(handler, event, headers);
  if ('error' in outcome) {
    logError('Invoke Error', outcome.error);
    return { requestId, error: outcome.error };
  }
  await client.postResponse(requestId, outcome.json);
  return {};
}

module.exports = { invokeBuffered, contextOf, hasCallbacks, atEmptyLoop };
