/** What can load a server, by name; the first is the better one where it can be had. */
const engines = {
  // Compiled, one thread that waits for nothing: faster than what it measures.
  native: { protocols: ['http:'] },
  // What a Node client gets; needs nothing but Node.
  undici: { protocols: ['http:', 'https:'] },
} as const satisfies Record<string, { protocols: readonly string[] }>;

export type EngineName = keyof typeof engines;

export const engineNames = Object.keys(engines) as [EngineName, ...EngineName[]];

/** Whether an engine speaks the protocol of a server's origin. */
export function speaks(engine: EngineName, origin: string): boolean {
  return (engines[engine].protocols as readonly string[]).includes(new URL(origin).protocol);
}
