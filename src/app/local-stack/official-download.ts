import { DryMongoBinary, MongoBinary } from 'mongodb-memory-server-core';

// Run as a process of its own by official-build.ts: version, folder, platform, arch.
const [version, downloadDir, platform, arch] = process.argv.slice(2);
if (version === undefined || downloadDir === undefined || platform === undefined || arch === undefined) {
  throw new Error('usage: official-download.ts <version> <folder> <platform> <arch>');
}
// The downloader checks certificates only when npm's setting of this name says so.
process.env['npm_config_strict_ssl'] = 'true';
try {
  const options = await DryMongoBinary.generateOptions({ version, downloadDir, platform, arch });
  const path = await MongoBinary.download({ ...options, platform, downloadDir, version, checkMD5: true });
  console.log(`mongod at ${path}`);
} catch (error) {
  // The last line of standard error is what a person gets to read.
  console.error(error instanceof Error ? error.message.replaceAll(/\s+/g, ' ') : String(error));
  process.exitCode = 1;
}
