/** What is used of the package, which has no types of its own. */
declare module 'sloc' {
  export default function sloc(
    code: string,
    extension: string,
  ): { total: number; source: number; comment: number; mixed: number; empty: number };
}
