/** The database's transactions that a process began and does not carry on, because it is dead, frozen or cut off. */
export interface LeftTransactions {
  /**
   * Rolls back those in which nothing was asked for `idleMs`, and answers how many. Until then nobody else can write what they
   * have written, a thread's row say; MongoDB by itself lets them live for 60 to 90 s. A process that goes on with one
   * after all is told that it was rolled back, and does its work once more.
   */
  rollBack(idleMs: number): Promise<number>;
}
