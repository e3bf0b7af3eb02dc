// Promise: your AWS code runs unchanged. Messages come and go through the JavaScript SDK, which checks their digests.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import {
  ChangeMessageVisibilityCommand, CreateQueueCommand, DeleteMessageBatchCommand, DeleteMessageCommand, GetQueueAttributesCommand,
  QueueDoesNotExist, ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, SQSClient,
} from '@aws-sdk/client-sqs';

const sqs = new SQSClient({ maxAttempts: 1 });

async function queue(attributes = {}) {
  const name = `js-${randomUUID()}${attributes.FifoQueue ? '.fifo' : ''}`;
  return (await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }))).QueueUrl;
}

const receive = async (url, options = {}) => (await sqs.send(new ReceiveMessageCommand({
  QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'], ...options,
}))).Messages ?? [];

test('a message and its attributes have the digests that the SDK computes', async () => {
  const url = await queue();
  const attributes = {
    text: { DataType: 'String.label', StringValue: 'grüße, 世界, 🦊' },
    number: { DataType: 'Number', StringValue: '-1.50' },
    bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255, 10]) },
  };
  await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'a\n\t<b> & "c" 🦊', MessageAttributes: attributes }));
  const [got] = await receive(url);
  assert.equal(got.Body, 'a\n\t<b> & "c" 🦊');
  assert.deepEqual(Object.keys(got.MessageAttributes).sort(), ['bytes', 'number', 'text']);
  assert.deepEqual([...got.MessageAttributes.bytes.BinaryValue], [0, 255, 10]);
  assert.equal(got.Attributes.ApproximateReceiveCount, '1');
  await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: got.ReceiptHandle }));
  assert.deepEqual(await receive(url), []);
});

test('a batch is checked entry by entry', async () => {
  const url = await queue({ FifoQueue: 'true' });
  const entries = ['a', 'b', 'c'].map((body) => (
    { Id: body, MessageBody: body, MessageGroupId: 'g', MessageDeduplicationId: body, MessageAttributes: { n: { DataType: 'String', StringValue: body } } }));
  const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
  assert.deepEqual(sent.Successful.map((entry) => entry.Id), ['a', 'b', 'c']);
  const got = await receive(url, { WaitTimeSeconds: 1 });
  assert.deepEqual(got.map((message) => message.Body), ['a', 'b', 'c']);
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: got[0].ReceiptHandle, VisibilityTimeout: 60 }));
  const removed = await sqs.send(new DeleteMessageBatchCommand({
    QueueUrl: url, Entries: got.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle })),
  }));
  assert.equal(removed.Successful.length, 3);
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }));
  assert.equal(Attributes.ApproximateNumberOfMessages, '0');
});

test('a queue that is not there is the exception of that name', async () => {
  const url = (await queue()).replace(/[^/]*$/, 'gone');
  await assert.rejects(sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' })), (error) => {
    assert.ok(error instanceof QueueDoesNotExist, error.name);
    assert.equal(error.message, 'The specified queue does not exist.');
    return true;
  });
});
