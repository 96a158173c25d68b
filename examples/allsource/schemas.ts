import Ajv, { type ValidateFunction } from 'ajv';
import { stopwatch } from 'meterbridge/instruments';
import { allsource } from 'meterbridge/systems/allsource';

const MOST_SUBJECTS = 200;

/** JSON Schemas of payloads, by event type. Event types without one take anything. */
export class Schemas {
  private readonly ajv = new Ajv();
  private readonly validators = new Map<string, ValidateFunction>();

  /** @throws Error when it is no schema, or there are too many */
  register(subject: string, schema: object): void {
    if (this.validators.size >= MOST_SUBJECTS && !this.validators.has(subject)) throw new Error('too many schemas');
    this.validators.set(subject, this.ajv.compile(schema));
    allsource.recordSchemaRegistered();
  }

  /** What is wrong with a payload, or nothing. */
  fault(subject: string, payload: unknown): string | undefined {
    const validate = this.validators.get(subject);
    if (validate === undefined) return undefined;
    const seconds = stopwatch();
    const isValid = validate(payload);
    allsource.recordSchemaValidation(subject, isValid ? 'valid' : 'invalid', seconds());
    return isValid ? undefined : this.ajv.errorsText(validate.errors);
  }
}
