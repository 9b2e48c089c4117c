/** The fields of a `/proc/PID/stat` after the name, which may hold spaces and parentheses itself. */
export function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
