/** Records HTTP server requests in the metrics of a catalog. HTTP instrumentation calls it for every request. */
export interface HttpRecorder {
  /**
   * Records a request that has ended.
   *
   * @param method the method as it was received, in any case
   * @param endpoint the template of the matched route, never the path of the request; {@link unmatchedEndpoint} if no
   *   route matched
   * @param status the status of the response; 499 if the client closed the connection before a response began
   * @param seconds from the arrival of the request to the end of the response, at least 0
   */
  recordHttpRequest(method: string, endpoint: string, status: number, seconds: number): void;
  /** Called when a request arrives. */
  requestStarted?(): void;
  /** Called once for each started request, when its response has ended or its connection has closed. */
  requestEnded?(): void;
  /** The `endpoint` of requests that match no route. The instrumentation chooses one by default. */
  readonly unmatchedEndpoint?: string;
}
