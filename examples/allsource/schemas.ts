import Ajv, { type ValidateFunction } from 'ajv';
import { stopwatch } from 'meterbridge/instruments';
import type { AllSource } from 'meterbridge/systems/allsource';
import { SavedMap } from './saved-map';

const MAX_SUBJECTS = 200;

/** JSON Schemas of payloads, by event type. An event type without a schema accepts any payload. */
export class Schemas {
  private readonly ajv = new Ajv();
  private readonly validators = new Map<string, ValidateFunction>();

  private constructor(
    private readonly saved: SavedMap<object>,
    private readonly metrics: AllSource,
  ) {}

  /** Opens the schemas that were registered before. */
  static async open(path: string, metrics: AllSource): Promise<Schemas> {
    const schemas = new Schemas(await SavedMap.open<object>(path), metrics);
    for (const [subject, schema] of schemas.saved.entries()) schemas.compile(subject, schema);
    return schemas;
  }

  /** @throws Error if it is not a schema, or the maximum number of schemas is reached */
  async register(subject: string, schema: object): Promise<void> {
    if (this.validators.size >= MAX_SUBJECTS && !this.validators.has(subject))
      throw new Error('the maximum number of schemas is reached');
    this.compile(subject, schema);
    await this.saved.set(subject, schema);
    this.metrics.recordSchemaRegistered();
  }

  /** Returns why a payload is invalid, or `undefined`. */
  fault(subject: string, payload: unknown): string | undefined {
    const validate = this.validators.get(subject);
    if (validate === undefined) return undefined;
    const seconds = stopwatch();
    const isValid = validate(payload);
    this.metrics.recordSchemaValidation(subject, isValid ? 'valid' : 'invalid', seconds());
    return isValid ? undefined : this.ajv.errorsText(validate.errors);
  }

  private compile(subject: string, schema: object): void {
    this.validators.set(subject, this.ajv.compile(schema));
  }
}
