import { KvbenchError } from '../../errors.js';

/** In place of an export that a kind of result does not have: throws a usage error. */
export function refuses(message: string, hint: string): () => never {
  return () => {
    throw new KvbenchError('usage', message, hint);
  };
}
