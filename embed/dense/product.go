package dense

// stretch is the number of dimensions that are summed in single precision.
// Adding n numbers one after the other is off by at most n 2⁻²⁴ of the sum of
// their magnitudes (Higham, "Accuracy and Stability of Numerical Algorithms",
// 2002, section 4.2), which is at most one for two vectors of unit length: 128
// keep it below 1e-5.
const stretch = 128

// tile is the number of rows that a query is multiplied by at once: the
// additions of one product need not wait for those of another. It is the
// largest number whose sums and products the compiler keeps in registers on
// amd64; eight are half as fast. Two queries by three rows, the other shape that
// fits, is no faster.
const tile = 6

// multiply returns the products of a query with six rows of equal length.
//
// Each product adds its dimensions in order, in a single chain, which makes it
// the same as that of [multiplyOne]. The conversions are not idle: they keep
// the compiler from fusing a multiplication with an addition, which it does
// where the machine can, with other bits.
func multiply(q, r0, r1, r2, r3, r4, r5 []float32) (s0, s1, s2, s3, s4, s5 float32) {
	r0, r1, r2 = r0[:len(q)], r1[:len(q)], r2[:len(q)]
	r3, r4, r5 = r3[:len(q)], r4[:len(q)], r5[:len(q)]
	for d, x := range q {
		s0 += float32(x * r0[d])
		s1 += float32(x * r1[d])
		s2 += float32(x * r2[d])
		s3 += float32(x * r3[d])
		s4 += float32(x * r4[d])
		s5 += float32(x * r5[d])
	}
	return s0, s1, s2, s3, s4, s5
}

// multiplyOne returns the product of a query with one row of equal length.
func multiplyOne(q, r []float32) (s float32) {
	r = r[:len(q)]
	for d, x := range q {
		s += float32(x * r[d])
	}
	return s
}

// products writes the product of a query with each row from the given one on,
// as many as out has places for.
func (m Matrix) products(query []float32, from int, out []float64) {
	for len(out) >= tile {
		m.productsOfTile(query, from, (*[tile]float64)(out))
		from, out = from+tile, out[tile:]
	}
	for i := range out {
		r := m.Row(from + i)
		out[i] = 0
		for a := 0; a < len(query); a += stretch {
			b := min(a+stretch, len(query))
			out[i] += float64(multiplyOne(query[a:b], r[a:b]))
		}
	}
}

func (m Matrix) productsOfTile(query []float32, from int, out *[tile]float64) {
	n := len(query)
	rows := m.data[from*n:][:tile*n]
	clear(out[:])
	for a := 0; a < n; a += stretch {
		l := min(stretch, n-a)
		s0, s1, s2, s3, s4, s5 := multiply(query[a:a+l], rows[a:][:l], rows[a+n:][:l],
			rows[a+2*n:][:l], rows[a+3*n:][:l], rows[a+4*n:][:l], rows[a+5*n:][:l])
		out[0] += float64(s0)
		out[1] += float64(s1)
		out[2] += float64(s2)
		out[3] += float64(s3)
		out[4] += float64(s4)
		out[5] += float64(s5)
	}
}
