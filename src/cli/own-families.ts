/** What endpoints and client libraries serve about themselves, their resource and their runtime. */
const OWN_FAMILY =
  /^(target_info|otel_scope_info|up|scrape_(duration|samples|series)_.*|(meterbridge|promhttp|process|nodejs|go|python|jvm|dotnet)_.*)$/;

/** Reports whether a family is about the endpoint or the runtime, which a registry does not have to define. */
export function isOwnFamily(name: string): boolean {
  return OWN_FAMILY.test(name);
}
