import { distance } from 'fastest-levenshtein';
import * as z from 'zod';
import { suggest } from '../suggest.js';
import type { Path } from './document.js';

/** A mistake in a config: where, what (a predicate, as `is missing`), and how to mend it. */
export interface Problem {
  path: Path;
  message: string;
  hint: string;
}

type Issue = z.core.$ZodIssue;

/** The mistake that most likely caused the others, in words. */
export function describeIssues(
  schema: z.ZodType,
  value: unknown,
  issues: readonly Issue[],
): Problem {
  const found = issues.map((issue) => innermost(issue, value));
  // A misspelt setting also makes another one missing: the name is what to mend.
  const issue = found.find(({ code }) => code === 'unrecognized_keys') ?? (found[0] as Issue);
  const path = issue.path.map(asStep);
  const here = schemasAt(schema, path);
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return {
      path: [...path, key],
      message: 'is not a setting that there is',
      hint: suggest(key, here.flatMap(settingsOf), 'Settings here'),
    };
  }
  const description = here.map(descriptionOf).find((text) => text !== undefined);
  const about = description ? ` It is: ${description}.` : '';
  const takes = [...new Set(here.flatMap(kindsOf))].join(' or ') + unitOf(path.at(-1));
  return { path, ...inWords(issue, valueAt(value, path), takes, about) };
}

/** The issue that a union hides: of the branch that takes the value's kind and fits it best. */
function innermost(issue: Issue, value: unknown): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const at = valueAt(value, issue.path.map(asStep));
  const branches = issue.errors.filter((errors) => !errors.some(isAtRoot));
  const [best] = branches.toSorted((a, b) => misfit(a, at) - misfit(b, at));
  const inner = best?.find(({ code }) => code === 'unrecognized_keys') ?? best?.[0];
  if (!inner) return issue;
  return innermost({ ...inner, path: [...issue.path, ...inner.path] } as Issue, value);
}

/** Whether the value as a whole is of another kind than the branch takes. */
function isAtRoot(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  // A fraction is a number all the same.
  return issue.code === 'invalid_type' ? issue.expected !== 'int' : issue.code === 'invalid_value';
}

/** How far a branch is from the value: a missing setting is near if one like it is there. */
function misfit(errors: readonly Issue[], value: unknown): number {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return errors.reduce((sum, { path: [first] }) => {
    if (first === undefined) return sum + 1;
    const name = String(first);
    if (keys.includes(name)) return sum + 0.5;
    const nearest = Math.min(...keys.map((key) => distance(key, name) / name.length), 1);
    return sum + 1 + nearest;
  }, 0);
}

function inWords(
  issue: Issue,
  value: unknown,
  takes: string,
  about: string,
): { message: string; hint: string } {
  const mend = about.trim() || 'Mend it there.';
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_union':
      if (value === undefined) return { message: 'is missing', hint: `Give ${takes}.${about}` };
      if (issue.code === 'invalid_type' && issue.expected === 'int') {
        return { message: `is ${shown(value)}, not a whole number`, hint: `Round it.${about}` };
      }
      return { message: `is ${shown(value)}`, hint: `Give ${takes} in its place.${about}` };
    case 'invalid_value': {
      const values = issue.values.map(String);
      if (value === undefined) return { message: 'is missing', hint: `Give ${takes}.${about}` };
      return { message: `is ${shown(value)}`, hint: suggest(String(value), values, 'It takes') };
    }
    case 'too_small':
    case 'too_big': {
      const least = issue.code === 'too_small';
      const limit = least ? issue.minimum : issue.maximum;
      const side = least ? 'least' : 'most';
      if (issue.origin === 'array') {
        const has = Array.isArray(value) && value.length === 0 ? 'is empty' : `has ${size(value)}`;
        return { message: has, hint: `Give at ${side} ${limit}.${about}` };
      }
      if (issue.origin === 'string') {
        const message = value === '' ? 'is an empty text' : `is a text of ${size(value)}`;
        return { message, hint: `Give at ${side} ${limit} characters.${about}` };
      }
      return { message: `is ${shown(value)}`, hint: `Give at ${side} ${limit}.${about}` };
    }
    case 'invalid_key': {
      const [inner] = issue.issues;
      return { message: inner?.message ?? 'is not a valid name', hint: 'Choose another name.' };
    }
    case 'custom':
      return { message: issue.message, hint: String(issue.params?.['hint'] ?? mend) };
    default:
      // Our own schemas' messages are predicates already.
      return { message: issue.message, hint: mend };
  }
}

/** The schemas that stand at a path: several below a union. */
function schemasAt(schema: z.ZodType, path: Path): z.ZodType[] {
  return path.reduce<z.ZodType[]>(
    (schemas, step) => schemas.flatMap(unfold).flatMap((inner) => below(inner, step)),
    [schema],
  );
}

function below(schema: z.ZodType, step: string | number): z.ZodType[] {
  if (schema instanceof z.ZodObject) {
    const inner = Object.hasOwn(schema.shape, step) ? schema.shape[step] : undefined;
    return inner ? [inner as z.ZodType] : [];
  }
  if (schema instanceof z.ZodRecord) return [schema.valueType as z.ZodType];
  if (schema instanceof z.ZodArray) return [schema.element as z.ZodType];
  return [];
}

/** A schema without what may be missing around it, and the members of a union. */
function unfold(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return unfold(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).flatMap(unfold);
  return [schema];
}

/** What a schema is for, said of itself or of what it wraps. */
function descriptionOf(schema: z.ZodType): string | undefined {
  if (schema.description !== undefined) return schema.description;
  const wraps = schema instanceof z.ZodOptional || schema instanceof z.ZodNullable;
  return wraps ? descriptionOf(schema.unwrap() as z.ZodType) : undefined;
}

/** A name says its unit. */
function unitOf(name: string | number | undefined): string {
  if (/Ms$/.test(String(name))) return ' of milliseconds';
  return /Bytes$/.test(String(name)) ? ' of bytes' : '';
}

function settingsOf(schema: z.ZodType): string[] {
  return unfold(schema).flatMap((inner) =>
    inner instanceof z.ZodObject ? Object.keys(inner.shape) : [],
  );
}

const kinds: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

function kindsOf(schema: z.ZodType): string[] {
  const nullable = schema instanceof z.ZodNullable ? ['null'] : [];
  const inner = unfold(schema).map((each) => {
    if (each instanceof z.ZodLiteral) return [...each.values].map((v) => JSON.stringify(v)).join();
    if (each instanceof z.ZodEnum) return `one of ${each.options.join(', ')}`;
    return kinds[each.def.type] ?? 'a value of JSON';
  });
  return [...inner, ...nullable];
}

/** A value as a message can show it. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  const text = JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return `the text ${text}`;
}

function size(value: unknown): string {
  const { length } = value as { length: number };
  return typeof value === 'string' ? `${length} characters` : `${length} items`;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, step)
        ? (inner as Record<string | number, unknown>)[step]
        : undefined,
    value,
  );
}

function asStep(step: PropertyKey): string | number {
  return typeof step === 'symbol' ? String(step) : step;
}
