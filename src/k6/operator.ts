import { stringify } from 'yaml';
import { KvbenchError } from '../errors.js';

export interface OperatorOptions {
  /** Of the ConfigMap and the TestRun. */
  name: string;
  /** Null: the one that kubectl is set to. */
  namespace: string | null;
  /** Runners; k6 gives each an equal segment of VUs and rates by itself. */
  parallelism: number;
  /** Where the load goes, as a variable that can be changed without the script. */
  url: string;
}

/** What a ConfigMap can hold. */
const maxScriptBytes = 1024 * 1024;
const file = 'kvbench.js';

/**
 * The script as a ConfigMap, and a TestRun of k6's operator that runs it, as two documents of YAML.
 * Throws a usage error for names that Kubernetes refuses, and a script that fits in no ConfigMap.
 */
export function operatorManifest(script: string, options: OperatorOptions): string {
  const { name, namespace, parallelism, url } = options;
  for (const [flag, value] of [
    ['--name', name],
    ['--namespace', namespace],
  ] as const) {
    if (value !== null && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) {
      throw new KvbenchError(
        'usage',
        `${flag} ${JSON.stringify(value)} is no name that Kubernetes takes.`,
        'Use up to 63 of a-z, 0-9 and -, with a letter or digit at both ends.',
      );
    }
  }
  if (Buffer.byteLength(script) > maxScriptBytes) {
    throw new KvbenchError(
      'usage',
      'The script is larger than a ConfigMap may be, 1 MiB.',
      'Shorten the templates of its requests.',
    );
  }
  const metadata = { name, ...(namespace !== null && { namespace }) };
  const documents = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [file]: script } },
    {
      apiVersion: 'k6.io/v1alpha1',
      kind: 'TestRun',
      metadata,
      spec: {
        parallelism,
        script: { configMap: { name, file } },
        runner: { env: [{ name: 'KVBENCH_URL', value: url }] },
      },
    },
  ];
  return documents.map((document) => stringify(document, { lineWidth: 0 })).join('---\n');
}
