import { MongoBinary } from 'mongodb-memory-server-core';

// Run as a process of its own by official-build.ts: version, folder, platform, arch.
const [version, downloadDir, platform, arch] = process.argv.slice(2);
if (version === undefined || downloadDir === undefined || platform === undefined || arch === undefined) {
  throw new Error('usage: official-download.ts <version> <folder> <platform> <arch>');
}
const path = await MongoBinary.getPath({ version, downloadDir, platform, arch, checkMD5: true });
console.log(`mongod at ${path}`);
