// What Grafana says of a dashboard, for check.sh: it puts dashboard.json behind these types and lets the TypeScript compiler look.
// A member that Grafana does not know, one that is missing, a word that is none of its words: all are errors.
import type { Dashboard, DataSourceRef, FieldConfig, FieldConfigSource, GraphFieldConfig, Panel, RowPanel } from '@grafana/schema';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// Json is a type as it is in JSON: words instead of enums.
type Json<T> = T extends string ? `${T}` : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;

// Grafana fills in what is missing in options, down to the second level.
type Some<T> = { [K in keyof T]?: T[K] extends object | undefined ? Partial<T[K]> : T[K] };

// A query of Prometheus: its type is in Grafana's own plugin, and not in @grafana/schema.
type Query = {
	refId: string;
	datasource: DataSourceRef;
	expr: string;
	legendFormat: string;
	instant?: boolean;
	range?: boolean;
};

type Of<Options, Custom> = Json<
	Omit<Panel, 'options' | 'fieldConfig' | 'targets'> & {
		options: Some<Options>;
		fieldConfig: Omit<FieldConfigSource, 'defaults'> & { defaults: Omit<FieldConfig, 'custom'> & { custom?: Custom } };
		targets: Query[];
	}
>;

export type Panels = {
	stat: Of<stat.Options, never>;
	timeseries: Of<timeseries.Options, GraphFieldConfig>;
	row: Json<RowPanel>;
};

export type Frame = Json<Omit<Dashboard, 'panels'>>;
