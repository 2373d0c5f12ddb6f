// What a new Vendure needs before anything can be sold on it in Vietnam: dong, Vietnamese, a tax zone and a tax rate,
// a way to send it and two to pay: at once, or when it comes.
// Runs before the port opens, once per database.
const { Inject } = require('@nestjs/common');
const {
  ChannelService, CountryService, CurrencyCode, LanguageCode, PaymentMethodService, PluginCommonModule,
  RequestContextService, ShippingMethodService, TaxCategoryService, TaxRateService, TransactionalConnection,
  VendurePlugin, ZoneService,
} = require('@vendure/core');

function argued(code, values) {
  return { code, arguments: Object.entries(values).map(([name, value]) => ({ name, value })) };
}

class VietnamShopPlugin {
  constructor(connection, contexts, channels, countries, zones, categories, rates, sending, payments) {
    Object.assign(this, { connection, contexts, channels, countries, zones, categories, rates, sending, payments });
  }

  async onApplicationBootstrap() {
    const channel = await this.channels.getDefaultChannel();
    if (channel.defaultTaxZone) return;
    const admin = await this.contexts.create({ apiType: 'admin', languageCode: LanguageCode.vi });
    await this.connection.withTransaction(admin, ctx => this.prepare(ctx, channel.id));
  }

  async prepare(ctx, channelId) {
    const translations = [{ languageCode: LanguageCode.vi, name: 'Việt Nam' }];
    const country = await this.countries.create(ctx, { code: 'VN', enabled: true, translations });
    const zone = await this.zones.create(ctx, { name: 'Việt Nam', memberIds: [country.id] });
    const category = await this.categories.create(ctx, { name: 'Nông sản', isDefault: true });
    await this.rates.create(ctx, {
      name: 'Không thuế', enabled: true, value: 0, categoryId: category.id, zoneId: zone.id,
    });
    await this.channels.update(ctx, {
      id: channelId,
      defaultLanguageCode: LanguageCode.vi, availableLanguageCodes: [LanguageCode.vi],
      defaultCurrencyCode: CurrencyCode.VND, availableCurrencyCodes: [CurrencyCode.VND],
      pricesIncludeTax: true, defaultTaxZoneId: zone.id, defaultShippingZoneId: zone.id,
    });
    await this.sending.create(ctx, {
      code: 'post', fulfillmentHandler: 'manual-fulfillment',
      translations: [{ languageCode: LanguageCode.vi, name: 'Bưu điện', description: '' }],
      checker: argued('default-shipping-eligibility-checker', { orderMinimum: '0' }),
      calculator: argued('default-shipping-calculator', { rate: '0', includesTax: 'auto', taxRate: '0' }),
    });
    for (const [code, name, settled] of [['at-once', 'Trả ngay', 'true'], ['on-delivery', 'Trả khi nhận', 'false']]) {
      await this.payments.create(ctx, {
        code, enabled: true, handler: argued('dummy-payment-handler', { automaticSettle: settled }),
        translations: [{ languageCode: LanguageCode.vi, name, description: '' }],
      });
    }
  }
}
[
  TransactionalConnection, RequestContextService, ChannelService, CountryService, ZoneService, TaxCategoryService,
  TaxRateService, ShippingMethodService, PaymentMethodService,
].forEach((service, position) => Inject(service)(VietnamShopPlugin, undefined, position));
VendurePlugin({ imports: [PluginCommonModule], compatibility: '^3.0.0' })(VietnamShopPlugin);

module.exports = { VietnamShopPlugin };
