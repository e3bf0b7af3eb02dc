// Promise: your AWS code runs unchanged. The document client keeps plain objects in tables, and checks the answers' checksums.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import {
  ConditionalCheckFailedException, CreateTableCommand, DynamoDBClient, ResourceNotFoundException, TransactionCanceledException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand, DynamoDBDocumentClient, GetCommand, paginateQuery, PutCommand, TransactWriteCommand, UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

const client = new DynamoDBClient({ maxAttempts: 1 });
const documents = DynamoDBDocumentClient.from(client);

async function table() {
  const TableName = `js-${randomUUID()}`;
  await client.send(new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }, { AttributeName: 'sk', AttributeType: 'N' }],
  }));
  await waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName });
  return TableName;
}

test('a document comes back as it was put', async () => {
  const TableName = await table();
  const Item = {
    pk: 'grüße', sk: 1, list: [1, 'two', null, true, { deep: [] }], bytes: new Uint8Array([0, 255]), set: new Set(['a', 'b']), empty: '',
  };
  await documents.send(new PutCommand({ TableName, Item }));
  assert.deepEqual((await documents.send(new GetCommand({ TableName, Key: { pk: 'grüße', sk: 1 } }))).Item, Item);
  assert.equal((await documents.send(new GetCommand({ TableName, Key: { pk: 'none', sk: 1 } }))).Item, undefined);
});

test('an update is conditional and tells what it made', async () => {
  const TableName = await table();
  const update = (ConditionExpression) => documents.send(new UpdateCommand({
    TableName, Key: { pk: 'a', sk: 0 }, ConditionExpression, ReturnValues: 'ALL_NEW',
    UpdateExpression: 'SET #n = if_not_exists(#n, :zero) + :one', ExpressionAttributeNames: { '#n': 'count' },
    ExpressionAttributeValues: { ':zero': 0, ':one': 1 },
  }));
  assert.deepEqual((await update('attribute_not_exists(pk)')).Attributes, { pk: 'a', sk: 0, count: 1 });
  await assert.rejects(update('attribute_not_exists(pk)'), ConditionalCheckFailedException);
  assert.equal((await update('#n < :one OR #n = :one')).Attributes.count, 2);
});

test('pages of a query follow each other', async () => {
  const TableName = await table();
  for (let start = 0; start < 100; start += 25) {
    const puts = Array.from({ length: 25 }, (_, n) => ({ PutRequest: { Item: { pk: 'a', sk: start + n } } }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: puts } }));
  }
  const seen = [];
  const pages = paginateQuery({ client: documents, pageSize: 7 }, {
    TableName, KeyConditionExpression: 'pk = :p AND sk >= :s', ExpressionAttributeValues: { ':p': 'a', ':s': 10 },
  });
  for await (const page of pages) seen.push(...page.Items.map((item) => item.sk));
  assert.deepEqual(seen, Array.from({ length: 90 }, (_, n) => n + 10));
});

test('a canceled transaction says why, action by action', async () => {
  const TableName = await table();
  const error = await documents.send(new TransactWriteCommand({
    TransactItems: [
      { Put: { TableName, Item: { pk: 'a', sk: 1 } } },
      { Delete: { TableName, Key: { pk: 'b', sk: 1 }, ConditionExpression: 'attribute_exists(pk)' } },
    ],
  })).catch((caught) => caught);
  assert.ok(error instanceof TransactionCanceledException);
  assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ['None', 'ConditionalCheckFailed']);
  await assert.rejects(documents.send(new GetCommand({ TableName: 'no-such-table', Key: { pk: 'a' } })), ResourceNotFoundException);
});
