import { InvalidArgumentError, Option } from 'commander';
import * as texts from '../config/settings/texts.js';
import { parseSizeBytes } from '../config/units.js';

/** Reads a text as commander wants it: one that stands for no value is a usage error. */
export function flagReader<Value, Read>({ read }: Pick<texts.Text<Value, Read>, 'read'>) {
  return (text: string, before?: Value): Read => {
    try {
      return read(text, before);
    } catch (error) {
      if (!(error instanceof texts.UnreadableText)) throw error;
      throw new InvalidArgumentError(error.message);
    }
  };
}

/** What commander calls the value of a flag: `hitRatio` of `--hit-ratio <share>`. */
export function attributeOf(flag: string): string {
  return new Option(flag).attributeName();
}

export const durationFlag = flagReader(texts.duration);
export const wholeNumberFlag = flagReader(texts.wholeNumber);
export const fractionFlag = flagReader(texts.fraction);
export const listFlag = flagReader(texts.list);

/** Whether a variable switches a flag on. */
export const switchFlag = flagReader(texts.onOrOff);

/** `2MiB` in bytes. */
export function sizeFlag(text: string): number {
  const bytes = parseSizeBytes(text);
  if (Number.isNaN(bytes)) throw new InvalidArgumentError('Give bytes, or a size as 2MiB.');
  return bytes;
}

/** A form of a result, and the file that it goes to. */
export interface ReportFile<Form extends string = string> {
  name: Form;
  file: string;
}

/** `junit=report.xml`, repeatable; only forms that there are. */
export function reportFileFlag<Form extends string>(
  forms: readonly Form[],
  text: string,
  before: readonly ReportFile<Form>[] = [],
): ReportFile<Form>[] {
  const at = text.indexOf('=');
  const [name, file] = [text.slice(0, at), text.slice(at + 1)];
  const form = forms.find((one) => one === name);
  if (file === '' || form === undefined) {
    throw new InvalidArgumentError(
      `Give a form and a file, as junit=report.xml; forms: ${forms.join(', ')}.`,
    );
  }
  return [...before, { name: form, file }];
}
