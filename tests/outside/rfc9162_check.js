// Checks a log of static files with the npm package @transmute/rfc9162, a third implementation of the
// Merkle tree: the root of all entries, inclusion proofs of ours and of its own making, consistency
// of older heads. Signatures are verified with Node's own Ed25519.
//
//   node rfc9162_check.js PACKAGE LOG_DIRECTORY LOG_VKEY OLD_CHECKPOINT [RECEIPT ENTRY]
//
// Ends with 0 if all holds, else 1 and what does not.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const [packageFolder, logFolder, vkey, oldFile, receiptFile, entryFile] = process.argv.slice(2);
const { RFC9162 } = require(packageFolder);

function check(condition, text) {
  if (!condition) {
    console.error(`rfc9162_check: ${text}`);
    process.exit(1);
  }
}

const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

// {size, root} of a checkpoint that the log signed.
function open(note) {
  // The key's base64 may hold plus signs of its own.
  const [, name, id, material] = vkey.trim().match(/^([^+]+)\+([0-9a-f]{8})\+(.+)$/) ?? [];
  check(material !== undefined, 'not a verifier key: NAME+HASH+KEY');
  const key = Buffer.from(material, 'base64');
  check(key.length === 33 && key[0] === 1, 'the key is not one of a log');
  const split = note.lastIndexOf('\n\n');
  const text = note.slice(0, split + 1);
  const line = note.slice(split + 2).split('\n').find((l) => l.startsWith(`\u2014 ${name} `));
  check(line !== undefined, 'the log has not signed');
  const signature = Buffer.from(line.split(' ')[2], 'base64');
  check(signature.subarray(0, 4).toString('hex') === id, 'signed with another key');
  const publicKey = crypto.createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)]),
    format: 'der', type: 'spki' });
  check(crypto.verify(null, Buffer.from(text), publicKey, signature.subarray(4)),
        'the signature does not verify');
  const [origin, size, root] = text.split('\n');
  check(origin === name, 'a checkpoint of another log');
  return { size: Number(size), root: Buffer.from(root, 'base64') };
}

function tileName(index) {
  let name = String(index % 1000).padStart(3, '0');
  for (let n = Math.floor(index / 1000); n > 0; n = Math.floor(n / 1000)) {
    name = `x${String(n % 1000).padStart(3, '0')}/${name}`;
  }
  return name;
}

function readEntries(size) {
  const entries = [];
  for (let first = 0; first < size; first += 256) {
    const width = Math.min(256, size - first);
    const partial = width < 256 ? `.p/${width}` : '';
    const bundle =
        fs.readFileSync(path.join(logFolder, 'tile/entries', tileName(first / 256) + partial));
    let at = 0;
    for (let i = 0; i < width; ++i) {
      const length = bundle.readUInt16BE(at);
      entries.push(new Uint8Array(bundle.subarray(at + 2, at + 2 + length)));
      at += 2 + length;
    }
    check(at === bundle.length, 'a bundle has bytes too many');
  }
  return entries;
}

async function main() {
  const head = open(fs.readFileSync(path.join(logFolder, 'checkpoint'), 'utf8'));
  const entries = readEntries(head.size);
  check(same(await RFC9162.treeHead(entries), head.root), 'the entries give another root');

  // Proofs of its own making are accepted for the entry and for no other.
  const sample = [...new Set([0, 1, 255, 256, Math.floor(head.size / 2), head.size - 1])].filter(
      (i) => i >= 0 && i < head.size);
  for (const index of sample) {
    const proof = {
      log_id: '', tree_size: head.size, leaf_index: index,
      inclusion_path: await RFC9162.PATH(index, entries) };
    const leaf = await RFC9162.leaf(entries[index]);
    check(await RFC9162.verifyInclusionProof(head.root, leaf, proof), `entry ${index} is not in it`);
    const other = await RFC9162.leaf(entries[(index + 1) % head.size]);
    check(same(leaf, other) || !await RFC9162.verifyInclusionProof(head.root, other, proof),
          `another entry passes for ${index}`);
  }

  const old = open(fs.readFileSync(oldFile, 'utf8'));
  check(old.size > 0 && old.size <= head.size, 'the older head is not one of this log');
  check(same(await RFC9162.treeHead(entries.slice(0, old.size)), old.root),
        'the older head is not a prefix');
  if (old.size < head.size) {
    const proof = {
      log_id: '', tree_size_1: old.size, tree_size_2: head.size,
      consistency_path: await RFC9162.PROOF(old.size, entries) };
    check(await RFC9162.verifyConsistencyProof(old.root, head.root, proof),
          'the older head is not consistent with the newer');
    const forged = new Uint8Array(old.root);
    forged[0] ^= 1;
    check(!await RFC9162.verifyConsistencyProof(forged, head.root, proof), 'any root passes');
  }

  if (receiptFile !== undefined) {
    const text = fs.readFileSync(receiptFile, 'utf8');
    const split = text.indexOf('\n\n');
    const lines = text.slice(0, split).split('\n');
    check(lines.shift() === 'c2sp.org/tlog-proof@v1', 'it is no receipt');
    if (lines[0].startsWith('extra ')) lines.shift();
    const index = Number(lines.shift().replace('index ', ''));
    const tree = open(text.slice(split + 2));
    const leaf = await RFC9162.leaf(new Uint8Array(fs.readFileSync(entryFile)));
    const proof = {
      log_id: '', tree_size: tree.size, leaf_index: index,
      inclusion_path: lines.map((line) => new Uint8Array(Buffer.from(line, 'base64'))) };
    check(await RFC9162.verifyInclusionProof(tree.root, leaf, proof), 'the receipt does not hold');
  }
  console.log(`rfc9162_check: ${head.size} entries: all holds`);
}

main().catch((error) => check(false, error.message));
