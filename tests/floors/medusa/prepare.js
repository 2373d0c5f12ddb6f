// What a new Medusa needs before anything can be sold on it in Vietnam: dong, a region, a place where stock lies, a way
// to send it. Run once per database, by `medusa exec`.
const flows = require('@medusajs/medusa/core-flows');
const { Modules } = require('@medusajs/framework/utils');

module.exports.default = async ({ container }) => {
  const run = async (flow, input) => (await flow(container).run({ input })).result;
  const link = (...ends) => container.resolve('link').create(Object.assign({}, ...ends));
  const [store] = await container.resolve(Modules.STORE).listStores();
  const [profile] = await container.resolve(Modules.FULFILLMENT).listShippingProfiles({ type: 'default' });
  const manual = { [Modules.FULFILLMENT]: { fulfillment_provider_id: 'manual_manual' } };

  await run(flows.createRegionsWorkflow, {
    regions: [{ name: 'Việt Nam', currency_code: 'vnd', countries: ['vn'], payment_providers: ['pp_system_default'] }],
  });
  await run(flows.createTaxRegionsWorkflow, [{ country_code: 'vn', provider_id: 'tp_system' }]);
  const [place] = await run(flows.createStockLocationsWorkflow, {
    locations: [{ name: 'Kho', address: { address_1: 'Kho', country_code: 'VN' } }],
  });
  await run(flows.updateStoresWorkflow, {
    selector: { id: store.id },
    update: { supported_currencies: [{ currency_code: 'vnd', is_default: true }], default_location_id: place.id },
  });
  await run(flows.linkSalesChannelsToStockLocationWorkflow, { id: place.id, add: [store.default_sales_channel_id] });
  const here = { [Modules.STOCK_LOCATION]: { stock_location_id: place.id } };
  await link(here, manual);
  const set = await container.resolve(Modules.FULFILLMENT).createFulfillmentSets({
    name: 'Gửi hàng', type: 'shipping',
    service_zones: [{ name: 'Việt Nam', geo_zones: [{ country_code: 'vn', type: 'country' }] }],
  });
  await link(here, { [Modules.FULFILLMENT]: { fulfillment_set_id: set.id } });
  await run(flows.createShippingOptionsWorkflow, [{
    name: 'Bưu điện', price_type: 'flat', provider_id: 'manual_manual',
    service_zone_id: set.service_zones[0].id, shipping_profile_id: profile.id,
    type: { label: 'Bưu điện', description: 'Bưu điện', code: 'post' },
    prices: [{ currency_code: 'vnd', amount: 0 }],
    rules: [
      { attribute: 'enabled_in_store', value: 'true', operator: 'eq' },
      { attribute: 'is_return', value: 'false', operator: 'eq' },
    ],
  }]);
};
