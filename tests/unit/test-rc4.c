/*
 * test-rc4.c - RC4 against RFC 6229, in one call and in many.
 */
#include "tests/unit/hex.h"

#include "wsman/auth/rc4.h"

enum { LONGEST = 4112, PIECE = 16, PLACES = 18 };

/* The key stream at the places that RFC 6229 2 prints. */
static const struct {
	const char *key;
	struct {
		size_t at;
		const char *stream;
	} places[PLACES];
} vectors[] = {
	{ "0102030405",
	  {
		  { 0, "b2396305f03dc027ccc3524a0a1118a8" },
		  { 16, "6982944f18fc82d589c403a47a0d0919" },
		  { 240, "28cb1132c96ce286421dcaadb8b69eae" },
		  { 256, "1cfcf62b03eddb641d77dfcf7f8d8c93" },
		  { 496, "42b7d0cdd918a8a33dd51781c81f4041" },
		  { 512, "6459844432a7da923cfb3eb4980661f6" },
		  { 752, "ec10327bde2beefd18f9277680457e22" },
		  { 768, "eb62638d4f0ba1fe9fca20e05bf8ff2b" },
		  { 1008, "45129048e6a0ed0b56b490338f078da5" },
		  { 1024, "30abbcc7c20b01609f23ee2d5f6bb7df" },
		  { 1520, "3294f744d8f9790507e70f62e5bbceea" },
		  { 1536, "d8729db41882259bee4f825325f5a130" },
		  { 2032, "1eb14a0c13b3bf47fa2a0ba93ad45b8b" },
		  { 2048, "cc582f8ba9f265e2b1be9112e975d2d7" },
		  { 3056, "f2e30f9bd102ecbf75aaade9bc35c43c" },
		  { 3072, "ec0e11c479dc329dc8da7968fe965681" },
		  { 4080, "068326a2118416d21f9d04b2cd1ca050" },
		  { 4096, "ff25b58995996707e51fbdf08b34d875" },
	  } },
	{ "0102030405060708090a0b0c0d0e0f10",
	  {
		  { 0, "9ac7cc9a609d1ef7b2932899cde41b97" },
		  { 16, "5248c4959014126a6e8a84f11d1a9e1c" },
		  { 240, "065902e4b620f6cc36c8589f66432f2b" },
		  { 256, "d39d566bc6bce3010768151549f3873f" },
		  { 496, "b6d1e6c4a5e4771cad79538df295fb11" },
		  { 512, "c68c1d5c559a974123df1dbc52a43b89" },
		  { 752, "c5ecf88de897fd57fed301701b82a259" },
		  { 768, "eccbe13de1fcc91c11a0b26c0bc8fa4d" },
		  { 1008, "e7a72574f8782ae26aabcf9ebcd66065" },
		  { 1024, "bdf0324e6083dcc6d3cedd3ca8c53c16" },
		  { 1520, "b40110c4190b5622a96116b0017ed297" },
		  { 1536, "ffa0b514647ec04f6306b892ae661181" },
		  { 2032, "d03d1bc03cd33d70dff9fa5d71963ebd" },
		  { 2048, "8a44126411eaa78bd51e8d87a8879bf5" },
		  { 3056, "fabeb76028ade2d0e48722e46c4615a3" },
		  { 3072, "c05d88abd50357f935a63c59ee537623" },
		  { 4080, "ff38265c1642c1abe8d3c2fe5e572bf8" },
		  { 4096, "a36a4c301ae8ac13610ccbc12256cacc" },
	  } },
	{ "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
	  {
		  { 0, "eaa6bd25880bf93d3f5d1e4ca2611d91" },
		  { 16, "cfa45c9f7e714b54bdfa80027cb14380" },
		  { 240, "114ae344ded71b35f2e60febad727fd8" },
		  { 256, "02e1e7056b0f623900496422943e97b6" },
		  { 496, "91cb93c787964e10d9527d999c6f936b" },
		  { 512, "49b18b42f8e8367cbeb5ef104ba1c7cd" },
		  { 752, "87084b3ba700bade955610672745b374" },
		  { 768, "e7a7b9e9ec540d5ff43bdb12792d1b35" },
		  { 1008, "c799b596738f6b018c76c74b1759bd90" },
		  { 1024, "7fec5bfd9f9b89ce6548309092d7e958" },
		  { 1520, "40f250b26d1f096a4afd4c340a588815" },
		  { 1536, "3e34135c79db010200767651cf263073" },
		  { 2032, "f656abccf88dd827027b2ce917d464ec" },
		  { 2048, "18b62503bfbc077fbabb98f20d98ab34" },
		  { 3056, "8aed95ee5b0dcbfbef4eb21d3a3f52f9" },
		  { 3072, "625a1ab00ee39a5327346bddb01a9c18" },
		  { 4080, "a13a7c79c7e119b5ab0296ab28c300b9" },
		  { 4096, "f3e4c0a2e02d1d01f7f0a74618af2b48" },
	  } },
};

static struct rc4 start(const char *key)
{
	uint8_t room[64];
	struct rc4 r;

	rc4_init(&r, unhex(key, room));
	return r;
}

static void rfc_6229(void **state)
{
	(void)state;
	static const uint8_t zeros[LONGEST];
	uint8_t stream[LONGEST], expected[PIECE];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct rc4 r = start(vectors[i].key);
		rc4_apply(&r, zeros, stream, LONGEST);
		for (size_t k = 0; k < PLACES; k++)
			assert_bytes(bytes_of(stream + vectors[i].places[k].at, PIECE),
				     unhex(vectors[i].places[k].stream, expected));
	}
}

/* Eight bytes are made at a time: it must not matter where the calls end. */
static void in_pieces(void **state)
{
	(void)state;
	uint8_t whole[LONGEST], cut[LONGEST];

	for (size_t i = 0; i < LONGEST; i++)
		whole[i] = cut[i] = (uint8_t)i;
	struct rc4 r = start("0102030405");
	rc4_apply(&r, whole, whole, LONGEST);
	r = start("0102030405");
	for (size_t at = 0, len = 0; at < LONGEST; at += len, len = (len + 1) % 37) {
		if (len > LONGEST - at)
			len = LONGEST - at;
		rc4_apply(&r, cut + at, cut + at, len);
	}
	assert_memory_equal(whole, cut, LONGEST);
}

static void back_again(void **state)
{
	(void)state;
	uint8_t text[] = "what was encrypted comes back", sealed[sizeof(text)];

	struct rc4 r = start("833222772a");
	rc4_apply(&r, text, sealed, sizeof(text));
	assert_memory_not_equal(text, sealed, sizeof(text));
	r = start("833222772a");
	rc4_apply(&r, sealed, sealed, sizeof(text));
	assert_memory_equal(text, sealed, sizeof(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_6229),
		cmocka_unit_test(in_pieces),
		cmocka_unit_test(back_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
