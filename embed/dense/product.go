package dense

// stretch is the number of dimensions that are summed in single precision.
// Adding n numbers one after the other is off by at most n 2⁻²⁴ of the sum of
// their magnitudes (Higham, "Accuracy and Stability of Numerical Algorithms",
// 2002, section 4.2), which is at most one for two vectors of unit length: 128
// keep it below 1e-5.
const stretch = 128

// The tiles compute several products at once. A number that was read takes
// part in more than one of them, and the additions of one product do not wait
// for those of another. Two queries by three rows is the largest tile that the
// compiler keeps in registers on amd64: its sums, its products and its queries
// take 14 of 15. A larger one spills and is half as fast.
//
// Each product adds its dimensions in order, in a single chain, which makes it
// the same in every tile. The conversions are not idle: they keep compilers
// from fusing a multiplication with an addition, which some machines would.

// tile2x3 multiplies two queries by three rows of equal length.
func tile2x3(q0, q1, r0, r1, r2 []float32) (s00, s01, s02, s10, s11, s12 float32) {
	q1, r0, r1, r2 = q1[:len(q0)], r0[:len(q0)], r1[:len(q0)], r2[:len(q0)]
	for d, x0 := range q0 {
		x1 := q1[d]
		y0, y1, y2 := r0[d], r1[d], r2[d]
		s00 += float32(x0 * y0)
		s10 += float32(x1 * y0)
		s01 += float32(x0 * y1)
		s11 += float32(x1 * y1)
		s02 += float32(x0 * y2)
		s12 += float32(x1 * y2)
	}
	return s00, s01, s02, s10, s11, s12
}

// tile1x4 multiplies one query by four rows of equal length.
func tile1x4(q, r0, r1, r2, r3 []float32) (s0, s1, s2, s3 float32) {
	r0, r1, r2, r3 = r0[:len(q)], r1[:len(q)], r2[:len(q)], r3[:len(q)]
	for d, x := range q {
		s0 += float32(x * r0[d])
		s1 += float32(x * r1[d])
		s2 += float32(x * r2[d])
		s3 += float32(x * r3[d])
	}
	return s0, s1, s2, s3
}

// tile1x1 multiplies one query by one row of equal length.
func tile1x1(q, r []float32) (s float32) {
	r = r[:len(q)]
	for d, x := range q {
		s += float32(x * r[d])
	}
	return s
}

// products writes the product of a query with each row from the given one on,
// as many as out has places for.
func (m Matrix) products(query []float32, from int, out []float64) {
	i := 0
	for ; i+4 <= len(out); i += 4 {
		r0, r1, r2, r3 := m.Row(from+i), m.Row(from+i+1), m.Row(from+i+2), m.Row(from+i+3)
		var t0, t1, t2, t3 float64
		for a := 0; a < len(query); a += stretch {
			b := min(a+stretch, len(query))
			s0, s1, s2, s3 := tile1x4(query[a:b], r0[a:b], r1[a:b], r2[a:b], r3[a:b])
			t0, t1, t2, t3 = t0+float64(s0), t1+float64(s1), t2+float64(s2), t3+float64(s3)
		}
		out[i], out[i+1], out[i+2], out[i+3] = t0, t1, t2, t3
	}
	for ; i < len(out); i++ {
		r := m.Row(from + i)
		var t float64
		for a := 0; a < len(query); a += stretch {
			b := min(a+stretch, len(query))
			t += float64(tile1x1(query[a:b], r[a:b]))
		}
		out[i] = t
	}
}

// pairProducts writes the products of two queries with each row from the given
// one on, as many as out0 and out1 have places for.
func (m Matrix) pairProducts(q0, q1 []float32, from int, out0, out1 []float64) {
	i, n := 0, len(q0)
	for ; i+3 <= len(out0); i += 3 {
		r0, r1, r2 := m.Row(from+i), m.Row(from+i+1), m.Row(from+i+2)
		var t00, t01, t02, t10, t11, t12 float64
		for a := 0; a < n; a += stretch {
			b := min(a+stretch, n)
			s00, s01, s02, s10, s11, s12 := tile2x3(q0[a:b], q1[a:b], r0[a:b], r1[a:b], r2[a:b])
			t00, t01, t02 = t00+float64(s00), t01+float64(s01), t02+float64(s02)
			t10, t11, t12 = t10+float64(s10), t11+float64(s11), t12+float64(s12)
		}
		out0[i], out0[i+1], out0[i+2] = t00, t01, t02
		out1[i], out1[i+1], out1[i+2] = t10, t11, t12
	}
	m.products(q0, from+i, out0[i:])
	m.products(q1, from+i, out1[i:])
}
