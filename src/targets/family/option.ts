import type { Recipe } from '../recipe.js';

/** In what a bundled server can be otherwise: its framework, its map, its allocator, how it is compiled, how it is started. */
type Axis = 'stack' | 'store' | 'allocator' | 'build' | 'runtime';

/** One way in which a bundled server can be otherwise: `mutex` of `rust+mutex`. */
export interface MemberOption {
  name: string;
  axis: Axis;
  /** What stands in the place of the default, in a few words. */
  description: string;
  /** Why somebody would want to know. */
  why: string;
  /** A crate whose version tells what is in use; null: the toolchain's own. */
  crate?: string;
  /** The same of Go, and the file beside `go.mod` that names its version. */
  module?: { path: string; file: string };
  change(recipe: Recipe): Recipe;
}
