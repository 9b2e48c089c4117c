import {
  type RequestSet,
  type RequestSpec,
  type RequestsFile,
  requestsSchema,
  toRequestSet,
} from '../../src/config/requests.js';

/** The requests of a config file, made ready; what is wrong with them is thrown as `path: message`. */
export function requestSet(
  requests: RequestsFile,
  roles: Parameters<typeof toRequestSet>[1] = {},
): RequestSet {
  return toRequestSet(requestsSchema.parse(requests), roles, (path, message) => {
    throw new Error(`${path.join('.')}: ${message}`);
  });
}

/** The one with that name. */
export function findRequest({ requests }: RequestSet, name: string): RequestSpec {
  const found = requests.find((request) => request.name === name);
  if (!found) throw new Error(`no request named ${name}`);
  return found;
}
