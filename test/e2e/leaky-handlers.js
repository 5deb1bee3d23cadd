/** Handlers that are careless with a secret. */
export default {
  'leaky.work': async (_input, context) => {
    const token = context.env.TOKEN;
    context.log.info(`uses ${token}`, { token, nested: { list: [token] } });
    context.log.error('refused', { error: new Error(`not with ${token}`).message });
    await context.session.call('http:post', { authorization: `Bearer ${token}` }, () => ({ status: 200 }));
    await context.session
      .call('http:get', { page: 1 }, () => {
        throw new Error(`401 for ${token}`);
      })
      .catch(() => undefined);
    return { used: token.length };
  },
  'leaky.fail': (_input, context) => {
    throw new Error(`cannot reach https://user:${context.env.TOKEN}@example.com`);
  },
};
