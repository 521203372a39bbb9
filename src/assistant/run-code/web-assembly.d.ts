/** What Node has, and its types leave to those of browsers. */
declare namespace WebAssembly {
  type Memory = object;
  const Memory: new (descriptor: { initial: number; maximum?: number }) => Memory;
}
