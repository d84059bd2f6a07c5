package verify

import (
	"math"
)

// fit fits a logistic regression by Newton's method with a ridge penalty on
// standardised values.
func fit(values [][]float64, truth []bool, penalty float64) model {
	n, d := len(values), len(values[0])
	mean, deviation := make([]float64, d), make([]float64, d)
	for j := range d {
		for _, v := range values {
			mean[j] += v[j] / float64(n)
		}
		for _, v := range values {
			deviation[j] += (v[j] - mean[j]) * (v[j] - mean[j]) / float64(n)
		}
		deviation[j] = max(math.Sqrt(deviation[j]), 1e-9)
	}
	rows := make([][]float64, n)
	for i, v := range values {
		rows[i] = make([]float64, d+1)
		for j := range d {
			rows[i][j] = (v[j] - mean[j]) / deviation[j]
		}
		rows[i][d] = 1
	}
	beta := make([]float64, d+1)
	for range 8 {
		step := newton(rows, truth, beta, penalty)
		for j := range beta {
			beta[j] += step[j]
		}
	}
	m := model{weights: make([]float64, d), bias: beta[d]}
	for j := range d {
		m.weights[j] = beta[j] / deviation[j]
		m.bias -= m.weights[j] * mean[j]
	}
	return m
}

// newton returns one step; the last coefficient, the bias, has no penalty.
func newton(rows [][]float64, truth []bool, beta []float64, penalty float64) []float64 {
	d := len(beta)
	system := make([][]float64, d)
	for j := range system {
		system[j] = make([]float64, d+1)
		if j < d-1 {
			system[j][j], system[j][d] = penalty, -penalty*beta[j]
		}
	}
	for i, row := range rows {
		p := model{weights: beta}.probability(row)
		miss := -p
		if truth[i] {
			miss = 1 - p
		}
		weight := p*(1-p) + 1e-6
		for j, v := range row {
			system[j][d] += miss * v
			for k, u := range row {
				system[j][k] += weight * v * u
			}
		}
	}
	return solve(system)
}

// solve solves a system of linear equations, whose right side is the last column.
func solve(m [][]float64) []float64 {
	n := len(m)
	for c := range n {
		pivot := c
		for r := c; r < n; r++ {
			if math.Abs(m[r][c]) > math.Abs(m[pivot][c]) {
				pivot = r
			}
		}
		m[c], m[pivot] = m[pivot], m[c]
		for r := range n {
			if r == c {
				continue
			}
			factor := m[r][c] / m[c][c]
			for k := c; k <= n; k++ {
				m[r][k] -= factor * m[c][k]
			}
		}
	}
	out := make([]float64, n)
	for r := range n {
		out[r] = m[r][n] / m[r][r]
	}
	return out
}
