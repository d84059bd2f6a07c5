package verify

// The weights, as TestFit prints them with -fit, in the order of the values. Each
// value is explained where it is measured.
var (
	// supportModel is fitted on AttributionBench's development split: is the claim
	// attributable to the text?
	supportModel = model{
		weights: []float64{-1.774, -0.416, 2.005, -0.834, 1.318, 1.534, -0.418, 0.332, 3.101, 0.848, 0.258, -0.319, -1.927, 0.692, -3.141, -2.328},
		bias:    -0.057,
	}
	// relatedModel is fitted on the same claims: is it their text, or another's?
	relatedModel = model{
		weights: []float64{5.927, 5.603, 3.674, -1.350},
		bias:    -2.981,
	}
	// abstractModel is fitted on the training claims of SciFact: is the sentence of the
	// abstract one of those that people chose as evidence?
	abstractModel = model{
		weights: []float64{-0.486, 3.131, -0.155, -1.655, -0.754, 0.679, 1.374, 2.169, -0.377, -0.532, -0.620, 0.790, 0.379, -1.321, 0.660},
		bias:    -3.124,
	}
	// pageModel is the same for WiCE's development split, whose texts are web pages.
	pageModel = model{
		weights: []float64{-14.819, 12.364, 4.318, 0.336, -0.351, 0.896, 4.238, -1.221, -0.033, 1.692, 3.229, 0.521, 1.085, -0.235, -0.074},
		bias:    -5.000,
	}
)
