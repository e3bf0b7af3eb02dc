// The Node.js runtime: loads the function's handler, then serves events from the Runtime API until it is killed.
'use strict';

const { PipeClient } = require('./pipe_client');
const { RuntimeClient } = require('./runtime_client');
const { UnhandledPromiseRejection, forCaller } = require('./errors');
const { current, patchConsole, logError } = require('./log');
const { loadHandler } = require('./load');
const { invokeBuffered, atEmptyLoop } = require('./invoke');
const { STREAMING, installGlobals, invokeStreaming } = require('./stream');

// V8 lets a heap grow by what the machine has, of which a function gets a part: it would be killed with a heap of
// garbage. Here it grows by as much between two collections as in a process whose heap may have 90 % of the function's
// memory, which is what the service's runtimes ask for; the numbers are V8's. Who sets another limit is left alone.
function keepHeapSmall() {
  const [leastMib, mostMib] = [256, 2048];
  const heapMib = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE || 0) * 0.9;
  if (heapMib === 0 || heapMib >= mostMib || (process.env.NODE_OPTIONS || '').includes('-old-space-size')) return;
  const share = Math.max(heapMib - leastMib, 0) / (mostMib - leastMib);
  require('v8').setFlagsFromString(`--heap-growing-percent=${Math.round(30 + 70 * share)}`);
}

const EXIT_REJECTION = 128;
const EXIT_EXCEPTION = 129;

function start(client) {
  const places = Number(process.env.AWS_LAMBDA_MAX_CONCURRENCY || 0);
  // Where many are served each has a connection; what ends all of them is told over one more.
  if (places > 0) client = new RuntimeClient(process.env.AWS_LAMBDA_RUNTIME_API);
  keepHeapSmall();
  patchConsole();
  installGlobals();

  // An error that nobody caught ends the process, after it was told to whoever waits: the caller, or the init phase.
  const endWith = (what, error, status) => {
    logError(what, error);
    const told = current.requestId ? client.postError(current.requestId, forCaller(error)) : client.postInitError(forCaller(error));
    told.finally(() => process.exit(status));
  };
  process.on('uncaughtException', (error) => endWith('Uncaught Exception', error, EXIT_EXCEPTION));
  process.on('unhandledRejection', (reason, promise) => {
    endWith('Unhandled Promise Rejection', new UnhandledPromiseRejection(reason, promise), EXIT_REJECTION);
  });
  process.on('beforeExit', () => {
    const act = atEmptyLoop.act;
    atEmptyLoop.act = null;
    if (act) act();
  });

  loadHandler(process.env.LAMBDA_TASK_ROOT || '/var/task', process.env._HANDLER || '').then(
    (handler) => (places > 0 ? serveMany(places, handler) : serve(client, handler)),
    (error) => endWith('Uncaught Exception', error, EXIT_EXCEPTION));
}

async function answer(client, handler, { headers, body }) {
  const invoke = handler[STREAMING] ? invokeStreaming : invokeBuffered;
  const outcome = await invoke(handler, JSON.parse(body), headers, client);
  if (outcome.error !== undefined) await client.postError(outcome.requestId, forCaller(outcome.error));
}

async function serve(client, handler) {
  while (true) {
    const event = await client.next();
    const { headers } = event;
    current.id = headers['lambda-runtime-aws-request-id'];
    if (headers['lambda-runtime-trace-id']) {
      process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
    } else {
      delete process.env._X_AMZN_TRACE_ID;
    }
    await answer(client, handler, event);
  }
}

// So many events at once, each over a connection of its own. There is no variable for a trace that is one of many.
function serveMany(places, handler) {
  const { AsyncLocalStorage } = require('async_hooks');
  current.scope = new AsyncLocalStorage();
  atEmptyLoop.never = true;
  const serveOne = async () => {
    const client = new RuntimeClient(process.env.AWS_LAMBDA_RUNTIME_API);
    while (true) {
      const event = await client.next();
      await current.scope.run(event.headers['lambda-runtime-aws-request-id'], answer, client, handler, event);
    }
  };
  for (let place = 0; place < places; ++place) serveOne();
}

async function rehearse() {
  const handler = await loadHandler(__dirname, 'rehearsal.handler');
  delete require.cache[require.resolve('./rehearsal')];
  await answer({ postResponse: async () => {} }, handler, { headers: {}, body: '{"text":"\u00e9","numbers":[1,2.5],"none":null}' });
}

// Started ahead of need: loads what many functions load, runs both module loaders once, and waits to be told which
// function this is.
async function becomeFunction(client) {
  for (const name of ['crypto', 'http', 'https', 'stream', 'url', 'v8', 'zlib']) require(name);
  await import('data:text/javascript,export default 1');
  await rehearse();
  Object.assign(process.env, await client.environment());
  // What is there now was mounted over the directory this process started in.
  process.chdir(process.env.LAMBDA_TASK_ROOT);
}

function option(name) {
  const at = process.argv.indexOf(name, 2);
  if (at >= 0) process.argv.splice(at, 1);
  return at >= 0;
}

const client = option('--piped') ? new PipeClient() : new RuntimeClient(process.env.AWS_LAMBDA_RUNTIME_API);
if (option('--ahead')) {
  becomeFunction(client).then(() => start(client));
} else {
  start(client);
}
