import { setHttpRoute } from 'meterbridge';

export default defineNitroPlugin((nitroApp) => {
  nitroApp.hooks.hook('request', (event) => setHttpRoute(event.node.req, () => event.context.matchedRoute?.path));
});
