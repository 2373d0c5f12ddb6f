// What a new Vendure needs before anything can be sold on it in Vietnam: dong, Vietnamese, a tax zone and a tax rate.
// Runs before the port opens, once per database.
const { Inject } = require('@nestjs/common');
const {
  ChannelService, CountryService, CurrencyCode, LanguageCode, PluginCommonModule, RequestContextService,
  TaxCategoryService, TaxRateService, TransactionalConnection, VendurePlugin, ZoneService,
} = require('@vendure/core');

class VietnamShopPlugin {
  constructor(connection, contexts, channels, countries, zones, categories, rates) {
    Object.assign(this, { connection, contexts, channels, countries, zones, categories, rates });
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
  }
}
[
  TransactionalConnection, RequestContextService, ChannelService, CountryService, ZoneService, TaxCategoryService,
  TaxRateService,
].forEach((service, position) => Inject(service)(VietnamShopPlugin, undefined, position));
VendurePlugin({ imports: [PluginCommonModule], compatibility: '^3.0.0' })(VietnamShopPlugin);

module.exports = { VietnamShopPlugin };
