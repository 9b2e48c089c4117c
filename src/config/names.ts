/** The servers that come with kvbench, in the order in which they are shown. */
export const bundledNames: readonly string[] = ['rust', 'go'];

/** Names that stand for several bundled servers. */
export const targetGroups = ['stacks', 'stores', 'builds', 'article', 'all'] as const;
export type TargetGroup = (typeof targetGroups)[number];

/** Whether only kvbench itself may call a target so. */
export function isReservedName(name: string): boolean {
  const ours: readonly string[] = [...bundledNames, ...targetGroups];
  return ours.includes(name) || name.startsWith('null-');
}
