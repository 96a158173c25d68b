import { setHttpRoute } from 'meterbridge';
import { definePlugin } from 'nitro';

export default definePlugin((nitroApp) => {
  nitroApp.hooks.hook('request', (event) =>
    setHttpRoute(event.runtime.node.req, () => event.context.matchedRoute?.route),
  );
});
