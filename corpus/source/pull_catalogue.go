package source

// Official returns what can be downloaded. Every address holds a commit, so
// that the edition behind it cannot change. A hash stands where the very file
// was at hand to compute it; the first download decides elsewhere.
func Official() []Download {
	const (
		nist    = "National Institute of Standards and Technology"
		public  = "public domain (work of the US Government)"
		content = "https://raw.githubusercontent.com/usnistgov/oscal-content/78650f02ad9321bb7b817846f8fbd4f2bcd620de/nist.gov/"
	)
	return []Download{
		{
			Name: "csf", Edition: "2.0", Publisher: nist, Licence: public,
			URL:      content + "CSF/v2.0/json/NIST_CSF_v2.0_catalog.json",
			MaxBytes: 4 << 20,
		},
		{
			Name: "mitre-atlas", Edition: "5.6.0", Publisher: "MITRE", Licence: "Apache-2.0",
			URL:      "https://raw.githubusercontent.com/mitre-atlas/atlas-data/8ee2c689a7d3c65ddf2bfe4950a4f3ecffa6f48b/dist/ATLAS.yaml",
			SHA256:   "8a5693df51135721796607b8f29cba8ed33d745d5592ed80efbaaab0fba978f2",
			MaxBytes: 4 << 20,
		},
		{
			Name: "owasp-asvs", Edition: "5.0.0", Publisher: "OWASP Foundation", Licence: "CC BY-SA 4.0",
			Title:    "OWASP Application Security Verification Standard 5.0.0",
			URL:      "https://raw.githubusercontent.com/OWASP/ASVS/5cf9b032440be53ce345ab3c130fda46ba1ce7a2/5.0/docs_en/OWASP_Application_Security_Verification_Standard_5.0.0_en.csv",
			SHA256:   "98c8fe911b9edb403af8ee05d3ce8201ecac2659e313b053890a62847cdcf680",
			MaxBytes: 4 << 20,
			Columns:  map[string]string{"id": "req_id", "text": "req_description", "title": "section_name"},
		},
		{
			Name: "sp800-171", Edition: "r3", Publisher: nist, Licence: public,
			URL:      content + "SP800-171/rev3/json/NIST_SP800-171_rev3_catalog.json",
			MaxBytes: 8 << 20,
		},
		{
			Name: "sp800-53", Edition: "5.2.0", Publisher: nist, Licence: public,
			URL:      content + "SP800-53/rev5/json/NIST_SP-800-53_rev5_catalog.json",
			MaxBytes: 32 << 20,
		},
		{
			Name: "ssdf", Edition: "1.1", Publisher: nist, Licence: public,
			URL:      content + "SP800-218/ver1/json/NIST_SP800-218_ver1_catalog.json",
			MaxBytes: 4 << 20,
		},
	}
}
