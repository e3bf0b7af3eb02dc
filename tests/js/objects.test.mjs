// Promise: your AWS code runs unchanged. Objects come and go through the JavaScript SDK, which signs its uploads in chunks
// and checks what it gets against their checksums.
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import test from 'node:test';
import {
  CompleteMultipartUploadCommand, CopyObjectCommand, CreateBucketCommand, CreateMultipartUploadCommand, DeleteObjectsCommand,
  GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, NoSuchBucket, NoSuchKey, paginateListObjectsV2, PutObjectCommand,
  S3Client, UploadPartCommand,
} from '@aws-sdk/client-s3';

const s3 = new S3Client({ maxAttempts: 1, forcePathStyle: true });

async function bucket() {
  const name = `js-${randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  return name;
}

const read = async (about) => Buffer.from(await (await s3.send(new GetObjectCommand(about))).Body.transformToByteArray());

test('objects of all sizes come back', async () => {
  const about = { Bucket: await bucket(), Key: 'a/b c/ü' };
  for (const size of [0, 10, 40_000, 3_000_000]) {
    const body = randomBytes(size);
    const put = await s3.send(new PutObjectCommand({ ...about, Body: body, Metadata: { colour: 'blue' } }));
    assert.equal(put.ETag, `"${createHash('md5').update(body).digest('hex')}"`);
    assert.ok(put.ChecksumCRC32);
    assert.deepEqual(await read(about), body);
    const head = await s3.send(new HeadObjectCommand(about));
    assert.equal(head.ContentLength, size);
    assert.deepEqual(head.Metadata, { colour: 'blue' });
  }
});

test('a stream is sent in signed chunks, its checksum behind them', async () => {
  const about = { Bucket: await bucket(), Key: 'stream' };
  const pieces = Array.from({ length: 20 }, () => randomBytes(50_000));
  const put = await s3.send(new PutObjectCommand({ ...about, Body: Readable.from(pieces), ContentLength: 1_000_000, ContentEncoding: 'x' }));
  assert.ok(put.ChecksumCRC32);
  assert.deepEqual(await read(about), Buffer.concat(pieces));
  assert.equal((await s3.send(new HeadObjectCommand(about))).ContentEncoding, 'x');
});

test('checksums of streams are computed on both sides', async () => {
  const Bucket = await bucket();
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256']) {
    const about = { Bucket, Key: ChecksumAlgorithm };
    const body = randomBytes(100_000);
    const put = await s3.send(new PutObjectCommand({ ...about, Body: Readable.from([body]), ContentLength: body.length, ChecksumAlgorithm }));
    assert.ok(put[`Checksum${ChecksumAlgorithm}`]);
    assert.deepEqual(await read(about), body);
  }
});

test('parts make an object', async () => {
  const about = { Bucket: await bucket(), Key: 'parts' };
  const parts = [randomBytes(5 << 20), randomBytes(10)];
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(about));
  const Parts = [];
  for (const [index, Body] of parts.entries()) {
    const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand({ ...about, UploadId, PartNumber: index + 1, Body }));
    Parts.push({ PartNumber: index + 1, ETag, ChecksumCRC32 });
  }
  const done = await s3.send(new CompleteMultipartUploadCommand({ ...about, UploadId, MultipartUpload: { Parts } }));
  assert.match(done.ETag, /-2"$/);
  assert.deepEqual(await read(about), Buffer.concat(parts));
});

test('keys are listed page by page, copied, and deleted together', async () => {
  const Bucket = await bucket();
  for (const Key of ['a/1', 'a/2', 'b']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a/1` }));
  assert.equal((await read({ Bucket, Key: 'copy' })).toString(), 'a/1');
  const keys = [];
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 1 }, { Bucket })) keys.push(...page.Contents.map(({ Key }) => Key));
  assert.deepEqual(keys, ['a/1', 'a/2', 'b', 'copy']);
  const folders = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
  assert.deepEqual(folders.CommonPrefixes, [{ Prefix: 'a/' }]);
  const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }));
  assert.equal(Deleted.length, 4);
});

test('errors of S3 are of the classes that the SDK declares', async () => {
  const Bucket = await bucket();
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'never' })), (error) => error instanceof NoSuchKey && error.$metadata.httpStatusCode === 404);
  await assert.rejects(s3.send(new ListObjectsV2Command({ Bucket: `js-${randomUUID()}` })), NoSuchBucket);
});
