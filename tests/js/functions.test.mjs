// Promise: your AWS code runs unchanged. Functions are made, changed, listed and deleted through the JavaScript SDK.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import test from 'node:test';
import {
  CreateFunctionCommand, DeleteFunctionCommand, GetFunctionCommand, InvalidParameterValueException, LambdaClient,
  ListTagsCommand, ResourceConflictException, ResourceNotFoundException, TagResourceCommand, UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand, paginateListFunctions, waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ARN, ROLE, create, invoke, lambda, waiting, zip } from './support/functions.mjs';

const ONE = 'export const handler = async () => 1;';

test('the caller is the owner of the account', async () => {
  const who = await new STSClient({ maxAttempts: 1 }).send(new GetCallerIdentityCommand({}));
  assert.equal(who.Account, '000000000000');
  assert.equal(who.Arn, 'arn:aws:iam::000000000000:root');
});

test('a function is what was asked for', async () => {
  const name = await create(ONE, { Environment: { Variables: { GREETING: 'grüß' } }, MemorySize: 256, Timeout: 9 });
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: `${ARN}${name}` }));
  assert.equal(Configuration.FunctionArn, `${ARN}${name}`);
  assert.equal(Configuration.State, 'Active');
  assert.equal(Configuration.LastUpdateStatus, 'Successful');
  assert.equal(Configuration.MemorySize, 256);
  assert.deepEqual(Configuration.Environment, { Variables: { GREETING: 'grüß' } });
  assert.match(Configuration.LastModified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
});

test('a list of functions comes page by page and has them all', async () => {
  const names = await Promise.all([create(ONE), create(ONE), create(ONE)]);
  const seen = new Set();
  let pages = 0;
  for await (const page of paginateListFunctions({ client: lambda, pageSize: 2 }, {})) {
    ++pages;
    assert.ok(page.Functions.length <= 2);
    for (const { FunctionName } of page.Functions) {
      assert.ok(!seen.has(FunctionName), `${FunctionName} came twice`);
      seen.add(FunctionName);
    }
  }
  assert.ok(pages >= 2);
  for (const name of names) assert.ok(seen.has(name));
});

test('new code and new settings are in effect when the waiter says so', async () => {
  const name = await create(ONE);
  assert.equal((await invoke(name)).result, 1);
  const code = zip({ 'index.mjs': 'export const handler = async () => process.env.WORD;' });
  const update = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: code }));
  assert.equal(update.LastUpdateStatus, 'InProgress');
  await waitUntilFunctionUpdatedV2(waiting, { FunctionName: name });
  assert.equal((await invoke(name)).result, null);
  const Environment = { Variables: { WORD: 'new' } };
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment }));
  await waitUntilFunctionUpdatedV2(waiting, { FunctionName: name });
  assert.equal((await invoke(name)).result, 'new');
});

test('errors are of the classes that the SDK declares, with the texts of the service', async () => {
  const name = await create(ONE);
  const settings = { FunctionName: name, Runtime: 'nodejs20.x', Handler: 'index.handler', Role: ROLE };
  const fails = async (command, type, status, message) => {
    await assert.rejects(lambda.send(command), (error) => {
      assert.ok(error instanceof type, `${error.name} is not ${type.name}`);
      assert.equal(error.message, message);
      assert.equal(error.$metadata.httpStatusCode, status);
      assert.match(error.$metadata.requestId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.equal(error.$fault, 'client');
      return true;
    });
  };
  await fails(new GetFunctionCommand({ FunctionName: 'nobody' }), ResourceNotFoundException, 404,
    `Function not found: ${ARN}nobody`);
  await fails(new CreateFunctionCommand({ ...settings, Code: { ZipFile: zip({ 'index.mjs': ONE }) } }),
    ResourceConflictException, 409, `Function already exist: ${name}`);
  await fails(new CreateFunctionCommand({ ...settings, FunctionName: 'broken', Code: { ZipFile: Buffer.from('no zip') } }),
    InvalidParameterValueException, 400, 'Could not unzip uploaded file. Please check your file, then try to upload again.');
});

test('tags are read by an ARN in the path', async () => {
  const name = await create(ONE);
  await lambda.send(new TagResourceCommand({ Resource: `${ARN}${name}`, Tags: { team: 'süd/west', empty: '' } }));
  const { Tags } = await lambda.send(new ListTagsCommand({ Resource: `${ARN}${name}` }));
  assert.deepEqual(Tags, { team: 'süd/west', empty: '' });
});

test('a wrong secret is told', async () => {
  const credentials = { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: 'wrong' };
  const stranger = new LambdaClient({ maxAttempts: 1, credentials });
  await assert.rejects(stranger.send(new GetFunctionCommand({ FunctionName: 'x' })), (error) => {
    assert.equal(error.name, 'InvalidSignatureException');
    assert.equal(error.$metadata.httpStatusCode, 403);
    return true;
  });
});

test('what was deleted is gone', async () => {
  const name = await create(ONE);
  await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
  await assert.rejects(invoke(name), ResourceNotFoundException);
});
