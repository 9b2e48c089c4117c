import * as z from 'zod';

/** The name of a request, or a mix of several by weight. */
export type Operation = string;

const part = '[a-z][a-z0-9_-]{0,31}';

/** The name of a request, as `get`, or a mix of several by weight: `get:95,post:5`. */
export const operationSchema: z.ZodType<Operation, Operation> = z
  .string()
  .regex(
    new RegExp(`^(${part}|${part}:\\d{1,6}(,${part}:\\d{1,6})+)$`),
    'takes the name of a request, as get, or a mix as get:95,post:5',
  )
  .refine((text) => requestsOf(text).length > 0, 'is a mix of nothing')
  .refine((text) => {
    const names = requestsOf(text).map(({ name }) => name);
    return new Set(names).size === names.length;
  }, 'names a request twice');

/** A mix with its parts in the order of their names, so that equal mixes are written alike. */
export function canonicalOperation(operation: Operation): Operation {
  return operation
    .split(',')
    .map((part) => part.trim())
    .sort()
    .join(',');
}

/** The requests that an operation stands for, with their shares, which add up to 1. */
export function requestsOf(operation: Operation): { name: string; share: number }[] {
  const parts = operation.split(',').map((text) => {
    const [name = '', weight = '1'] = text.split(':');
    return { name, weight: Number(weight) };
  });
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return parts
    .filter(({ weight }) => weight > 0)
    .map(({ name, weight }) => ({ name, share: weight / total }));
}
