/** What a process can do; `threadrelay start` does all of it. */
export const ROLES = ['worker', 'api', 'slack', 'discord'] as const;
export type Role = (typeof ROLES)[number];
