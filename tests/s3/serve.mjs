// A store that speaks S3 for the tests: `node serve.mjs DIRECTORY BUCKET` prints its port and runs until
// its standard input ends. s3rver keeps the objects; it does not check signatures of version 4, so that
// is done in front of it, from the request as it came.
import {createHash, createHmac} from 'node:crypto';
import http from 'node:http';
import S3rver from 's3rver';

const kSecrets = {S3RVER: 'S3RVER'};
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

// What is wrong with the signature, as S3 calls it.
function refuse({method, url, headers}, body) {
  const parts = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
    .exec(headers.authorization ?? '');
  if (!parts) return 'AccessDenied';
  const [, id, date, region, signed, signature] = parts;
  if (!kSecrets[id]) return 'InvalidAccessKeyId';
  if (headers['x-amz-content-sha256'] !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  const at = headers['x-amz-date'];
  if (Math.abs(Date.parse(at.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5')) - Date.now()) > 900_000) return 'RequestTimeTooSkewed';
  if (!signed.split(';').includes('host')) return 'AccessDenied';
  const names = signed.split(';').map((name) => `${name}:${headers[name].trim()}\n`).join('');
  const request = [method, url, '', names, signed, sha256(body)].join('\n');
  const scope = `${date}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', at, scope, sha256(request)].join('\n');
  const key = [date, region, 's3', 'aws4_request'].reduce(hmac, `AWS4${kSecrets[id]}`);
  return hmac(key, text).toString('hex') === signature ? '' : 'SignatureDoesNotMatch';
}

const [directory, bucket] = process.argv.slice(2);
const store = new S3rver({port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets: [{name: bucket}]});
const {port} = await store.run();
const front = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const wrong = refuse(request, body);
    if (wrong) return response.writeHead(403).end(`<Error><Code>${wrong}</Code></Error>`);
    const {method, url: path, headers} = request;
    http.request({host: '127.0.0.1', port, method, path, headers}, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    }).end(body);
  });
});
front.listen(0, '127.0.0.1', () => console.log(front.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
