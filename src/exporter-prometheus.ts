export {
  PrometheusBridge as PrometheusExporter,
  type PrometheusBridgeOptions as PrometheusExporterOptions,
} from './exporter/prometheus-exporter';
