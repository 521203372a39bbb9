import { defineConfig, type OxlintOverride } from 'oxlint';

type ImportPattern = { regex: string; message: string } | { group: string[]; message: string };

/** Which folder alone (beside `app`) sees which libraries. */
const OWNERS = [
  { folder: 'src/store', libraries: 'mongoose|mongodb|bson' },
  { folder: 'src/queue', libraries: 'bullmq|ioredis' },
  { folder: 'src/adapters/slack', libraries: '@slack' },
  { folder: 'src/adapters/discord', libraries: 'discord\\.js|@discordjs|discord-api-types' },
  { folder: 'src/assistant', libraries: 'ai|ai-retry|@ai-sdk' },
];

/** Folders that import `core` and themselves only. */
const ROOMS = [
  'src/store',
  'src/queue',
  'src/assistant',
  'src/outbound',
  'src/workflows',
  'src/workers',
  'src/adapters/slack',
  'src/adapters/discord',
  'src/adapters/http',
  'src/console',
];

const noDetour: ImportPattern = {
  regex: '/\\./|^\\./\\.\\./|[^./]/\\.\\./',
  message: 'Write the path without a detour; the import rule reads it as text.',
};

const noTests: ImportPattern = {
  regex: '^(\\.\\./)+test/',
  message: 'The product imports nothing of its tests.',
};

const coreLibraries: ImportPattern = {
  group: ['**', '!./**', '!../**', '!remend', '!re2js'],
  message: 'core is pure: of libraries it sees remend and re2js, of Node nothing.',
};

const insideCore = 'core imports nothing of ours outside core.';

function librariesOfOthers(folder: string): ImportPattern[] {
  return OWNERS.filter((owner) => owner.folder !== folder).map((owner) => ({
    regex: `^(${owner.libraries})(/|$)`,
    message: `Only ${owner.folder} and src/app see this library.`,
  }));
}

function restrictImports(files: string, patterns: ImportPattern[]): OxlintOverride {
  return { files: [files], rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

/**
 * The rule for a folder's own files and for those one folder deeper; deeper ones get the stricter reading.
 * Groups that allow something come last: what one allows, the patterns after it no longer see.
 */
function roomRules(folder: string): OxlintOverride[] {
  const toSrc = '../'.repeat(folder.split('/').length - 1);
  const message = `${folder} imports core and itself only.`;
  const shared = [noDetour, noTests, ...librariesOfOthers(folder)];
  return [
    restrictImports(`${folder}/*.ts`, [...shared, { group: ['../**', `!${toSrc}core/**`], message }]),
    restrictImports(`${folder}/*/**`, [...shared, { group: ['../../**', `!../${toSrc}core/**`], message }]),
  ];
}

/** design.md's import rule. The last entry that matches a file is the one in force. */
const importRule: OxlintOverride[] = [
  restrictImports('src/*/**', [noDetour, noTests, ...librariesOfOthers('')]),
  restrictImports('src/core/*.ts', [noDetour, { regex: '^\\.\\./', message: insideCore }, coreLibraries]),
  restrictImports('src/core/*/**', [
    noDetour,
    { regex: '^(\\.\\./){2,}', message: insideCore },
    coreLibraries,
  ]),
  ...ROOMS.flatMap(roomRules),
  restrictImports('src/app/**', [noTests]),
  restrictImports('test/fakes/**', [
    noDetour,
    {
      regex: '^(\\.\\./)+(src|fixtures|unit|integration|faults|browser|bench|demo)/',
      message: 'Fakes are written from the documentation of the platforms; they import nothing of ours.',
    },
  ]),
];

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'promise', 'node', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error' },
  env: { node: true, es2024: true },
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/consistent-type-imports': 'error',
    'typescript/ban-ts-comment': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': [
      'error',
      { allowThrowingUnknown: true, allowThrowingAny: true },
    ],
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/no-deprecated': 'error',
    'typescript/use-unknown-in-catch-callback-variable': 'error',
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'unicorn/prefer-node-protocol': 'error',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    eqeqeq: 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    'max-lines': ['error', { max: 300 }],
    complexity: ['error', { max: 25 }],
    'vitest/no-focused-tests': 'error',
    'vitest/no-disabled-tests': 'error',
    'vitest/valid-expect': ['error', { maxArgs: 2 }],
    'vitest/no-standalone-expect': ['error', { additionalTestBlockFunctions: ['promise'] }],

    // The compiler's noImplicitReturns says the same.
    'typescript/consistent-return': 'off',
    // MongoDB's key is `_id`.
    'no-underscore-dangle': 'off',
    // They take `postMessage` of Slack and `fc.assert` for something else.
    'unicorn/require-post-message-target-origin': 'off',
    'import/no-named-as-default-member': 'off',
    // Properties and polled conditions assert without a literal `expect` in the test's body.
    'vitest/expect-expect': 'off',
    'vitest/no-conditional-expect': 'off',
    'vitest/require-mock-type-parameters': 'off',
    'vitest/require-to-throw-message': 'off',
    // A flag that a closure sets looks unmodified to it.
    'no-unmodified-loop-condition': 'off',
    // What is passed around here are objects of closures, which have no `this` to lose.
    'typescript/unbound-method': 'off',
    // Taste, not faults.
    'class-methods-use-this': 'off',
    'import/no-unassigned-import': 'off',
    'promise/always-return': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-reverse': 'off',
    'unicorn/no-array-sort': 'off',
  },
  overrides: [
    {
      files: ['src/**'],
      rules: {
        'no-console': 'error',
        'node/no-process-env': 'error',
        'typescript/no-unsafe-assignment': 'error',
        'typescript/no-unsafe-member-access': 'error',
        'typescript/no-unsafe-call': 'error',
        'typescript/no-unsafe-return': 'error',
        'typescript/no-unsafe-argument': 'error',
      },
    },
    // app alone reads the environment.
    { files: ['src/app/**'], rules: { 'node/no-process-env': 'off' } },
    // Programs that talk to a person at a terminal.
    {
      files: [
        'src/app/cli.ts',
        'src/app/cli/**',
        'src/app/config/write-schema.ts',
        'src/app/local-stack/official-download.ts',
      ],
      rules: { 'no-console': 'off' },
    },
    // Tests bend types to make what should not exist; a promise nobody holds still fails the run when it rejects.
    {
      files: ['test/**'],
      rules: {
        'typescript/no-unsafe-type-assertion': 'off',
        'typescript/no-unsafe-enum-assignment': 'off',
        'typescript/use-unknown-in-catch-callback-variable': 'off',
        'typescript/no-misused-promises': ['error', { checksVoidReturn: false }],
        'no-shadow': 'off',
      },
    },
    { files: ['*.config.ts'], rules: { 'import/no-default-export': 'off' } },
    ...importRule,
  ],
});
