/*
 * bench-init.c - a process that only initialises the libraries that winch uses: what
 * the memory of the others is measured against.  It prints its peak memory.
 */
#include <curl/curl.h>
#include <libxml/parser.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <stdio.h>
#include <sys/resource.h>

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	CURLM *multi = curl_multi_init();
	CURL *easy = curl_easy_init();
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	unsigned char digest[64];
	unsigned int len;
	EVP_Digest("x", 1, digest, &len, EVP_md5(), NULL);
	xmlInitParser();
	xmlSAXHandler sax = { .initialized = XML_SAX2_MAGIC };
	xmlParserCtxtPtr xml = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL);
	xmlParseChunk(xml, "<a>b</a>", 8, 1);

	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	printf("bare libraries: peak %ld KB\n", used.ru_maxrss);
	xmlFreeParserCtxt(xml);
	SSL_CTX_free(tls);
	curl_easy_cleanup(easy);
	curl_multi_cleanup(multi);
	return 0;
}
