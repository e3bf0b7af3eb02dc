// Promise: your AWS code runs unchanged. Functions run and answer through the JavaScript SDK.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import test from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateAliasCommand, InvokeCommand, InvokeWithResponseStreamCommand, PublishVersionCommand, UpdateFunctionConfigurationCommand, waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { ARN, create, invoke, lambda, until, waiting } from './support/functions.mjs';

const ECHO = 'export const handler = async (event) => { console.log("seen", event); return event; };';

async function logLines(name) {
  const logs = new CloudWatchLogsClient({ maxAttempts: 1 });
  try {
    const found = await logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}` }));
    return found.events.map((event) => event.message);
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return [];
    throw error;
  }
}

test('an event comes back, with every sign of Unicode', async () => {
  const name = await create(ECHO);
  const event = { text: 'grüße, 世界, 🦊, \u2028 \u0000 "\\', nested: [1, 2.5, null, true, {}] };
  const answer = await invoke(name, event);
  assert.deepEqual(answer.result, event);
  assert.equal(answer.StatusCode, 200);
  assert.equal(answer.ExecutedVersion, '$LATEST');
  assert.equal(answer.FunctionError, undefined);
  assert.deepEqual((await invoke(name)).result, {});
});

test('an error of the handler is an answer with the error in it', async () => {
  const name = await create('export const handler = async () => { throw new RangeError("too far"); };');
  const answer = await invoke(name, {});
  assert.equal(answer.StatusCode, 200);
  assert.equal(answer.FunctionError, 'Unhandled');
  assert.equal(answer.result.errorType, 'RangeError');
  assert.equal(answer.result.errorMessage, 'too far');
  assert.ok(Array.isArray(answer.result.trace));
});

test('the tail of the log comes with the answer, the rest from CloudWatch Logs', async () => {
  const name = await create(ECHO);
  const answer = await invoke(name, { a: 1 }, { LogType: 'Tail' });
  const id = answer.$metadata.requestId;
  const tail = Buffer.from(answer.LogResult, 'base64').toString();
  assert.match(tail, new RegExp(`START RequestId: ${id} Version: \\$LATEST\n`));
  assert.match(tail, new RegExp(`\t${id}\tINFO\tseen \\{ a: 1 \\}\n`));
  assert.match(tail, new RegExp(`REPORT RequestId: ${id}\tDuration: `));
  const lines = await until(async () => {
    const found = await logLines(name);
    return found.some((line) => line.startsWith('REPORT')) && found;
  });
  assert.ok(lines.some((line) => line.includes('seen { a: 1 }')));
});

test('a streamed response arrives in pieces, and its end tells of an error', async () => {
  const name = await create(`export const handler = awslambda.streamifyResponse(async (event, stream) => {
    await new Promise((written) => stream.write('first', written));
    await new Promise((later) => setTimeout(later, 300));
    await new Promise((written) => stream.write('second', written));
    throw new RangeError('too far');
  });`);
  const answer = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: name }));
  const pieces = [];
  let complete;
  for await (const event of answer.EventStream) {
    if (event.PayloadChunk) pieces.push(Buffer.from(event.PayloadChunk.Payload).toString());
    if (event.InvokeComplete) complete = event.InvokeComplete;
  }
  assert.deepEqual(pieces, ['first', 'second']);
  assert.equal(complete.ErrorCode, 'Unhandled');
  assert.equal(JSON.parse(complete.ErrorDetails).errorType, 'RangeError');
});

test('an asynchronous invoke runs after its answer', async () => {
  const name = await create(ECHO);
  const answer = await invoke(name, { later: true }, { InvocationType: 'Event' });
  assert.equal(answer.StatusCode, 202);
  assert.equal(answer.result, undefined);
  await until(async () => (await logLines(name)).some((line) => line.includes('seen { later: true }')));
});

test('a dry run runs nothing', async () => {
  const name = await create(ECHO);
  const answer = await lambda.send(new InvokeCommand({ FunctionName: name, InvocationType: 'DryRun' }));
  assert.equal(answer.StatusCode, 204);
});

test('an alias shares invokes out between two versions', async () => {
  const name = await create('export const handler = async (event, context) => context.functionVersion;');
  assert.equal((await lambda.send(new PublishVersionCommand({ FunctionName: name }))).Version, '1');
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Description: 'other' }));
  await waitUntilFunctionUpdatedV2(waiting, { FunctionName: name });
  assert.equal((await lambda.send(new PublishVersionCommand({ FunctionName: name }))).Version, '2');
  const alias = await lambda.send(new CreateAliasCommand({
    FunctionName: name, Name: 'live', FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } },
  }));
  assert.equal(alias.AliasArn, `${ARN}${name}:live`);
  assert.deepEqual(alias.RoutingConfig, { AdditionalVersionWeights: { 2: 0.5 } });
  const seen = new Set();
  for (let round = 0; round < 40; ++round) {
    const answer = await invoke(`${name}:live`, {});
    assert.equal(answer.ExecutedVersion, answer.result);
    seen.add(answer.result);
  }
  assert.deepEqual([...seen].sort(), ['1', '2']);
});
