/*
 * doctor-table.c - every finding: what it is called, what it says, and what helps.
 *
 * Remedies are what is typed, on the host in PowerShell as administrator where nothing else is
 * said.  The order is that of doctor.h.
 */
#include "src/cli/doctor.h"

#define OK      FINDING_OK
#define NOTE    FINDING_NOTE
#define PROBLEM FINDING_PROBLEM
#define SKIPPED FINDING_SKIPPED

#define ON_HOST   "on the host: "
#define LISTENERS "winrm enumerate winrm/config/listener"
#define HTTPS_RULE                                                                                 \
	"New-NetFirewallRule -DisplayName 'WinRM over HTTPS' -Direction Inbound -Protocol TCP "    \
	"-LocalPort {port} -Action Allow"
/* As sha256sum has it: a thumbprint is SHA-1, and no pin. */
#define PRINT_SHA256                                                                               \
	"ForEach-Object { [BitConverter]::ToString([Security.Cryptography.SHA256]::Create()."      \
	"ComputeHash((Get-Item \"Cert:\\LocalMachine\\My\\$($_.Value -replace ' ')\").RawData)) "  \
	"-replace '-' }"
#define PRINT_PIN                                                                                  \
	"Get-ChildItem WSMan:\\localhost\\Listener -Recurse | Where-Object { $_.Name -eq "         \
	"'CertificateThumbprint' -and $_.Value } | " PRINT_SHA256
#define PIN_IF_SAME                                                                                \
	"--pin {pin}, if the host itself prints that (whoever stands between can show any "        \
	"certificate), " ON_HOST PRINT_PIN
#define LOG_4625                                                                                   \
	"which it was, the host knows: Get-WinEvent -FilterHashtable "                             \
	"@{LogName='Security';Id=4625} -MaxEvents 1"
#define SAME_FOR_ALL                                                                               \
	"a wrong password or user name (a local account is HOST\\NAME, a domain's DOMAIN\\NAME); " \
	"the account is locked, expired or disabled, or its password has to be changed "           \
	"(Get-LocalUser NAME; Get-ADUser NAME -Properties LockedOut, Enabled, PasswordExpired); "

/* clang-format off */
const struct finding_row finding_table[FIND_COUNT] = {
	[FIND_NAME_SILENT] = { "name", PROBLEM, "what address {host} has, nobody says: no name server answers within {waited_ms} ms",
		"here: getent hosts {host}; see nameserver in /etc/resolv.conf (is a VPN missing?); or name the host by its address; or give it more time: --connect-timeout S" },
	[FIND_NAME_UNKNOWN] = { "name", PROBLEM, "{host} has no address: {why}",
		"check its spelling, and here: getent hosts {host}; or name the host by its address" },
	[FIND_PROXY_LOGIN] = { "way", PROBLEM, "{why}",
		"name its user in --proxy SCHEME://USER@HOST:PORT, with --proxy-password-file FILE" },
	[FIND_PROXY] = { "way", PROBLEM, "{why}",
		"check --proxy, https_proxy, http_proxy and no_proxy here, and that the proxy lets port {port} of {host} through (a CONNECT); or go without it: --proxy none" },
	[FIND_NO_WAY] = { "way", PROBLEM, "through {jump}: {why}",
		"try here: ssh -W {host}:{port} {jump}; sshd there must allow it (AllowTcpForwarding), and reach the host" },
	[FIND_TLS_ON_PLAIN] = { "port", PROBLEM, "port {port} speaks TLS, and was asked without",
		"here: --tls --port {port}, or https://{host}:{port}" },
	[FIND_PLAIN_ON_TLS] = { "port", PROBLEM, "port {port} speaks http without TLS, and was asked for TLS",
		"here: http://{host}:{port} (messages are sealed there, too); or make a listener for https, " ON_HOST "New-Item WSMan:\\localhost\\Listener -Transport HTTPS -Address * -CertificateThumbPrint THUMBPRINT -Force" },
	[FIND_OTHER_PORT_TLS] = { "port", PROBLEM, "port {port} does not answer, but 5986 is open: the host may take https only",
		"here: --tls" },
	[FIND_OTHER_PORT_PLAIN] = { "port", PROBLEM, "port {port} does not answer, but 5985 is open: the host may take http only",
		"here: without --tls and https:// (messages are sealed all the same); or make a listener for https, " ON_HOST "New-Item WSMan:\\localhost\\Listener -Transport HTTPS -Address * -CertificateThumbPrint THUMBPRINT -Force" },
	[FIND_OLD_PORT] = { "port", PROBLEM, "port {port} does not answer, but WinRM is at port {other}, as in its old days",
		"here: {scheme}://{host}:{other}" },
	[FIND_PORT_CLOSED] = { "port", PROBLEM, "nobody listens on port {port} of {host}: connection refused",
		ON_HOST "Enable-PSRemoting -Force (or winrm quickconfig); which ports it listens on: " LISTENERS },
	[FIND_PORT_CLOSED_TLS] = { "port", PROBLEM, "nobody listens on port {port} of {host}: connection refused",
		ON_HOST "New-Item WSMan:\\localhost\\Listener -Transport HTTPS -Address * -CertificateThumbPrint THUMBPRINT -Force, then " HTTPS_RULE },
	[FIND_PORT_FILTERED] = { "port", PROBLEM, "no answer from port {port} of {host}: a firewall drops what is sent there, or the host is off",
		ON_HOST "Enable-PSRemoting -Force, or Set-NetFirewallRule -Name WINRM-HTTP-In-TCP -Enabled True -RemoteAddress Any; another port: New-NetFirewallRule -DisplayName 'WinRM' -Direction Inbound -Protocol TCP -LocalPort {port} -Action Allow" },
	[FIND_PORT_FILTERED_TLS] = { "port", PROBLEM, "no answer from port {port} of {host}: a firewall drops what is sent there, or the host is off",
		ON_HOST HTTPS_RULE },
	[FIND_NO_ROUTE] = { "way", PROBLEM, "no route to {host}",
		"here: ip route get {address}; is a VPN missing? or go through a host that reaches it: --jump [USER@]HOST" },
	[FIND_NOT_AVAILABLE] = { "winrm", PROBLEM, "HTTP 503: the WinRM service starts, stops or has too much to do",
		ON_HOST "Restart-Service WinRM" },
	[FIND_LOST] = { "port", PROBLEM, "port {port} takes the connection, and ends it without an answer",
		"who listens there? " ON_HOST "Get-NetTCPConnection -LocalPort {port}; netsh http show iplisten; which addresses WinRM takes: winrm get winrm/config/service (IPv4Filter)" },
	[FIND_SILENT] = { "winrm", PROBLEM, "the connection stands, and says nothing: {why}",
		"is it WinRM's port, and who listens there? " ON_HOST LISTENERS "; Get-NetTCPConnection -LocalPort {port}; Restart-Service WinRM; or give it more time here: --connect-timeout S" },
	[FIND_NOT_CONNECTED] = { "port", PROBLEM, "{why}",
		"try here: curl -v {url}" },

	[FIND_CERT_CHANGED] = { "tls", PROBLEM, "{why}",
		"has the host really a new certificate? " ON_HOST PRINT_PIN "; only where that is {pin}, remove the old line, and take it by --accept-new" },
	[FIND_CERT_NOT_PINNED] = { "tls", PROBLEM, "the certificate is not the pinned one: it is {pin}",
		"here: " PIN_IF_SAME },
	[FIND_CERT_EXPIRED] = { "tls", PROBLEM, "the certificate has expired on {until}",
		"renew it, and " ON_HOST "Set-WSManInstance winrm/config/Listener -SelectorSet @{Address='*';Transport='HTTPS'} -ValueSet @{CertificateThumbprint='THUMBPRINT'}; until then here: " PIN_IF_SAME },
	[FIND_CERT_NOT_YET] = { "tls", PROBLEM, "the certificate is valid from {from} on, it is {now} here",
		"set this machine's clock; or wait; or here: " PIN_IF_SAME },
	[FIND_CERT_NAME] = { "tls", PROBLEM, "the certificate is not for {name}: it is for {names}",
		"name the host as the certificate does; or here: --tls-name NAME, where one of those names is that host's; or " PIN_IF_SAME },
	[FIND_CERT_SELF_SIGNED] = { "tls", PROBLEM, "the certificate is self-signed ({subject}): no authority vouches for it",
		"here: --accept-new, which keeps what is seen now; or its own file, from the host: --ca-file FILE; or " PIN_IF_SAME },
	[FIND_CERT_AUTHORITY_DATE] = { "tls", PROBLEM, "an authority that vouches for the certificate ({issuer}) has expired, or is not valid yet: {why}",
		"give the host a certificate of one that is valid, or let it send its authority's new one; until then here: " PIN_IF_SAME },
	[FIND_CERT_AUTHORITY] = { "tls", PROBLEM, "the certificate's authority is not known here ({issuer}): {why}",
		"here: --ca-file FILE with its authority (the host must send those between); or --accept-new, which keeps what is seen now; or " PIN_IF_SAME },
	[FIND_CERT_KEY] = { "tls", PROBLEM, "the certificate's key is weak: {key} with {bits} bits",
		"give the host a certificate with RSA of 2048 bits or more, or EC; until then here: " PIN_IF_SAME },
	[FIND_CERT_SIGNATURE] = { "tls", PROBLEM, "the certificate's signature is weak: {signature}",
		"give the host a certificate that is signed with SHA-256; until then here: " PIN_IF_SAME },
	[FIND_CERT_OTHER] = { "tls", PROBLEM, "the certificate is not trusted: {why}",
		"here: --ca-file FILE with its authority; or " PIN_IF_SAME },
	[FIND_WANTS_CERTIFICATE] = { "tls", PROBLEM, "the host asks for a client certificate before it says anything, and there is none",
		"here: --cert FILE, one that is mapped to an account there; or let it not ask in TLS, for WinRM asks by itself: " ON_HOST "netsh http show sslcert (Negotiate Client Certificate)" },
	[FIND_TLS_FAILED] = { "tls", PROBLEM, "{why}",
		"has the listener a certificate, with its private key? " ON_HOST LISTENERS "; netsh http show sslcert; TLS 1.2 must be on there (see here: openssl s_client -connect {host}:{port})" },

	[FIND_WRONG_PATH] = { "winrm", PROBLEM, "nothing is at {path} (HTTP 404, {server})",
		"WinRM's path is /wsman; where the listener has another one, " ON_HOST LISTENERS " (URLPrefix); where it is another server's port: --port N" },
	[FIND_REDIRECTED] = { "winrm", PROBLEM, "not WinRM: HTTP {http}, which points to {location}",
		"name the host that it points to, if that is WinRM; its port is 5985, for https 5986: --port N" },
	[FIND_GATEWAY] = { "winrm", PROBLEM, "a proxy in front of the host ({server}) gets no answer from it (HTTP {http})",
		"does the host listen where that proxy looks for it? " ON_HOST LISTENERS "; or go to the host itself: --port N" },
	[FIND_NOT_HTTP] = { "winrm", PROBLEM, "what answers at port {port} is not HTTP",
		"is it WinRM's port? " ON_HOST LISTENERS "; then here: --port N" },
	[FIND_NOT_WINRM] = { "winrm", PROBLEM, "not WinRM: {server} answers HTTP {http} with {type}",
		"is it WinRM's port? " ON_HOST LISTENERS "; then here: --port N" },

	[FIND_BASIC_OFF] = { "mechanism", PROBLEM, "Basic is not offered, but {offers}",
		"here: without --auth basic; or " ON_HOST "Set-Item WSMan:\\localhost\\Service\\Auth\\Basic $true" },
	[FIND_BASIC_PLAIN_OFF] = { "mechanism", PROBLEM, "Basic is not offered over http, but {offers}: AllowUnencrypted is off there, as it should be",
		"here: without --auth basic; or over https: --tls, and " ON_HOST "Set-Item WSMan:\\localhost\\Service\\Auth\\Basic $true" },
	[FIND_NEGOTIATE_OFF] = { "mechanism", PROBLEM, "Negotiate is not offered, but {offers}",
		ON_HOST "Set-Item WSMan:\\localhost\\Service\\Auth\\Negotiate $true; or here another --auth" },
	[FIND_KERBEROS_OFF] = { "mechanism", PROBLEM, "Kerberos is not offered, but {offers}",
		ON_HOST "Set-Item WSMan:\\localhost\\Service\\Auth\\Kerberos $true; or here another --auth" },
	[FIND_CREDSSP_OFF] = { "mechanism", PROBLEM, "CredSSP is not offered, but {offers}",
		ON_HOST "Enable-WSManCredSSP -Role Server -Force" },
	[FIND_NOT_OFFERED] = { "mechanism", PROBLEM, "{why}",
		ON_HOST "winrm get winrm/config/service/auth; or here another --auth" },
	[FIND_NOT_KEPT] = { "auth", PROBLEM, "{why}",
		"go to the host itself, or let what stands in front pass connections through as they are (nginx: stream, HAProxy: mode tcp); through one that does not only Basic over https works" },

	[FIND_CLOCK] = { "clock", PROBLEM, "the clocks differ by {skew} s: it is {theirs} there, {ours} here (Kerberos allows 300 s)",
		"set both by NTP: here timedatectl set-ntp true, " ON_HOST "w32tm /resync" },
	[FIND_KDC_SKEW] = { "kerberos", PROBLEM, "{why}",
		"set both by NTP: here timedatectl set-ntp true, on the domain controller: w32tm /resync" },

	[FIND_KDC_PASSWORD] = { "kerberos", PROBLEM, "{why}",
		"give the right password; each further try counts towards a lock-out: Get-ADUser NAME -Properties BadLogonCount, LockedOut" },
	[FIND_KDC_REVOKED] = { "kerberos", PROBLEM, "{why}",
		"on a domain controller: Unlock-ADAccount NAME, or Enable-ADAccount NAME; see Get-ADUser NAME -Properties LockedOut, Enabled" },
	[FIND_KDC_ACCOUNT_EXPIRED] = { "kerberos", PROBLEM, "{why}",
		"on a domain controller: Clear-ADAccountExpiration NAME, or Set-ADAccountExpiration NAME -TimeSpan DAYS" },
	[FIND_KDC_PASSWORD_EXPIRED] = { "kerberos", PROBLEM, "{why}",
		"here: kpasswd {user}; or on a domain controller: Set-ADAccountPassword NAME -Reset" },
	[FIND_KDC_POLICY] = { "kerberos", PROBLEM, "{why}",
		"on a domain controller: Get-ADUser NAME -Properties LogonHours, LogonWorkstations, AuthenticationPolicy" },
	[FIND_KDC_USER] = { "kerberos", PROBLEM, "{why}",
		"name the user as NAME@REALM; on a domain controller: Get-ADUser NAME; an account of the host's own has no Kerberos: --auth ntlm" },
	[FIND_KDC_SERVICE] = { "kerberos", PROBLEM, "{why}",
		"name the host by its full name in the domain; or on a domain controller: setspn -Q HTTP/{host}, and where there is none: setspn -S HTTP/{host} ACCOUNT; or here: --spn SERVICE/HOST" },
	[FIND_NO_REALM] = { "kerberos", PROBLEM, "{why}",
		"here: --user NAME@REALM, or default_realm in /etc/krb5.conf" },
	[FIND_REALM_UNKNOWN] = { "kerberos", PROBLEM, "{why}",
		"here: name the KDC in [realms] of /etc/krb5.conf (kdc = DOMAIN-CONTROLLER), or let DNS have it: dig SRV _kerberos._udp.REALM" },
	[FIND_KDC_UNREACHABLE] = { "kerberos", PROBLEM, "{why}",
		"open port 88 (TCP and UDP) from here to a domain controller; see [realms] in /etc/krb5.conf; KRB5_TRACE=/dev/stderr kinit NAME@REALM shows whom it asks" },
	[FIND_TICKET_EXPIRED] = { "kerberos", PROBLEM, "{why}",
		"here: kinit NAME@REALM" },
	[FIND_NO_TICKET] = { "kerberos", PROBLEM, "{why}",
		"here: kinit NAME@REALM, or give a user and password" },
	[FIND_KERBEROS] = { "kerberos", PROBLEM, "{why}",
		"KRB5_TRACE=/dev/stderr kinit NAME@REALM shows what happens" },

	[FIND_REFUSED] = { "auth", PROBLEM, "the host refuses {user} ({mechanism}), and does not say why",
		"most likely first: " SAME_FOR_ALL "NTLM is blocked by policy (RestrictReceivingNTLMTraffic, LmCompatibilityLevel), or the user is in Protected Users: then --auth kerberos; the clocks differ; " LOG_4625 },
	[FIND_REFUSED_TLS] = { "auth", PROBLEM, "the host refuses {user} ({mechanism}), and does not say why",
		"most likely first: " SAME_FOR_ALL "channel binding: somebody on the way ends TLS, and the host wants it bound (Set-Item WSMan:\\localhost\\Service\\Auth\\CbtHardeningLevel Relaxed takes them, and protects less); NTLM is blocked by policy (RestrictReceivingNTLMTraffic, LmCompatibilityLevel), or the user is in Protected Users: then --auth kerberos; the clocks differ; " LOG_4625 },
	[FIND_REFUSED_BASIC] = { "auth", PROBLEM, "the host refuses {user} (basic), and does not say why",
		"most likely first: " SAME_FOR_ALL "Basic takes the host's own accounts only, named without domain; " LOG_4625 },
	[FIND_TICKET_REFUSED] = { "auth", PROBLEM, "{why}",
		"is the SPN the host's own? on a domain controller: setspn -Q HTTP/{host} and setspn -Q host/{host}; then here: --spn SERVICE/HOST; over https also channel binding, " ON_HOST "Set-Item WSMan:\\localhost\\Service\\Auth\\CbtHardeningLevel Relaxed, which protects less" },
	[FIND_CERTIFICATE_REFUSED] = { "auth", PROBLEM, "{why}",
		ON_HOST "Set-Item WSMan:\\localhost\\Service\\Auth\\Certificate $true; New-Item WSMan:\\localhost\\ClientCertificate -Subject NAME -URI * -Issuer THUMBPRINT -Credential (Get-Credential) -Force; its authority must be in Cert:\\LocalMachine\\Root" },
	[FIND_CREDSSP_STATUS] = { "auth", PROBLEM, "{why}",
		ON_HOST "Get-LocalUser NAME; Get-LocalGroupMember 'Remote Management Users'; on a domain controller: Get-ADUser NAME -Properties LockedOut, Enabled, PasswordExpired, AccountExpirationDate, LogonHours, LogonWorkstations; Unlock-ADAccount NAME; " LOG_4625 },
	[FIND_CREDSSP_OLD] = { "auth", PROBLEM, "{why}",
		"update the host: " ON_HOST "Get-HotFix | Sort-Object InstalledOn shows its last one, CredSSP's is of March 2018; until then here: --auth kerberos with --delegate, or --allow-old-credssp" },
	[FIND_CREDSSP_KEY] = { "auth", PROBLEM, "{why}",
		"what stands between here and the host? take it out of the way, or use --auth kerberos; each further try shows the user's name to it" },
	[FIND_CREDSSP_PIN] = { "auth", PROBLEM, "{why}",
		"give --pin what the host itself prints (whoever stands between can show any certificate), " ON_HOST "Get-Item WSMan:\\localhost\\Service\\CertificateThumbprint | Where-Object Value | " PRINT_SHA256 "; where it prints nothing, WinRM has no certificate of one's own, and makes one anew" },
	[FIND_CREDSSP_TLS] = { "auth", PROBLEM, "{why}",
		"TLS 1.2 must be on there: " ON_HOST "New-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server' -Name Enabled -Value 1 -PropertyType DWord -Force, and restart it" },
	[FIND_MECHANISM_REFUSED] = { "auth", PROBLEM, "{why}",
		ON_HOST "winrm get winrm/config/service/auth; NTLM may be blocked by policy (RestrictReceivingNTLMTraffic): then --auth kerberos" },
	[FIND_AUTH] = { "auth", PROBLEM, "{why}",
		ON_HOST "winrm get winrm/config/service/auth; -vv shows each step" },

	[FIND_DENIED] = { "access", PROBLEM, "{user} may log on, but not use {configuration} (access denied, 5)",
		"most likely first: no administrator: Add-LocalGroupMember -Group 'Remote Management Users' -Member {user}; a local administrator other than the built-in one: New-ItemProperty HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System -Name LocalAccountTokenFilterPolicy -Value 1 -PropertyType DWord -Force; the configuration's permission: Set-PSSessionConfiguration {configuration} -ShowSecurityDescriptorUI -Force" },
	[FIND_REMOTE_DENIED] = { "access", PROBLEM, "the host takes no remote sessions: {why}",
		ON_HOST "Enable-PSRemoting -Force; Set-Item WSMan:\\localhost\\Shell\\AllowRemoteShellAccess $true" },
	[FIND_NO_CONFIGURATION] = { "access", PROBLEM, "the host has no session configuration {configuration}",
		ON_HOST "Get-PSSessionConfiguration lists them; Enable-PSRemoting -Force makes Windows' own again, in pwsh also PowerShell.7; here: --configuration NAME" },
	[FIND_QUOTA] = { "access", PROBLEM, "{why}",
		ON_HOST "Get-ChildItem WSMan:\\localhost\\Shell, WSMan:\\localhost\\Plugin\\{configuration}\\Quotas; which shells there are: Get-WSManInstance shell -Enumerate" },
	[FIND_FAULT] = { "session", PROBLEM, "{why}",
		ON_HOST "Get-WinEvent -LogName Microsoft-Windows-WinRM/Operational -MaxEvents 20; -vv and --trace FILE show what is said" },
	[FIND_NOT_SEALED] = { "session", PROBLEM, "{why}",
		"somebody on the way may have written that; or the host gave up: " ON_HOST "Get-WinEvent -LogName Microsoft-Windows-WinRM/Operational -MaxEvents 20" },
	[FIND_TIMEOUT] = { "session", PROBLEM, "{why}",
		"give it more time: --operation-timeout S; " ON_HOST "Restart-Service WinRM; how much it has to do: Get-WSManInstance shell -Enumerate" },
	[FIND_SESSION] = { "session", PROBLEM, "{why}",
		ON_HOST "Get-WinEvent -LogName Microsoft-Windows-WinRM/Operational -MaxEvents 20; -vv and --trace FILE show what is said" },

	[FIND_OTHER_PORTS] = { "port", NOTE, "of WinRM's other ports open: {open}", NULL },
	[FIND_CERT_SOON] = { "tls", NOTE, "the certificate expires on {until}", "renew it in time" },
	[FIND_NO_AUTH] = { "mechanism", NOTE, "the host asks for no authentication", NULL },
	[FIND_NOT_IDENTIFIED] = { "winrm", NOTE, "it asks for authentication before it says what it is (HTTP {http}, {server})", NULL },
	[FIND_LANGUAGE] = { "language", NOTE, "the session has {language}: scripts may not run, or not do all",
		"commands alone: winch run --command NAME; another configuration: --configuration NAME; where it is a policy (AppLocker, WDAC) see __PSLockdownPolicy" },
	[FIND_UNENCRYPTED] = { "config", NOTE, "AllowUnencrypted is on: the host takes unsealed messages and passwords over http",
		ON_HOST "Set-Item WSMan:\\localhost\\Service\\AllowUnencrypted $false" },
	[FIND_NTLM_INSTEAD] = { "kerberos", NOTE, "NTLM is used in place of Kerberos: {why}", NULL },
	[FIND_ASKS_CERTIFICATE] = { "winrm", NOTE, "it may ask for the certificate before it says what it is: {why}", NULL },
	[FIND_NAME_OK] = { "name", OK, "{host} is {addresses}", NULL },
	[FIND_NAME_ADDRESS] = { "name", OK, "{host} is an address", NULL },
	[FIND_PORT_OK] = { "port", OK, "port {port} is open ({address})", NULL },
	[FIND_PORT_LED] = { "port", OK, "port {port} is reached through {way}", NULL },
	[FIND_CERT_OK] = { "tls", OK, "{version}, certificate trusted for {name}, until {until}, {key} {bits}, {pin}", NULL },
	[FIND_CERT_ACCEPTED] = { "tls", OK, "{version}, certificate accepted {because}, until {until}, {key} {bits}, {pin}", NULL },
	[FIND_WINRM_OK] = { "winrm", OK, "{vendor} {product}, answered in {reply_ms} ms", NULL },
	[FIND_CLOCK_OK] = { "clock", OK, "the clocks differ by {skew} s", NULL },
	[FIND_OFFERS_OK] = { "mechanism", OK, "offered: {offers}; --auth {auth} is among them; not offered: {missing}", NULL },
	[FIND_TICKET_OK] = { "kerberos", OK, "the ticket of {client} is good until {end}, and for {service}", NULL },
	[FIND_KDC_OK] = { "kerberos", OK, "a KDC answers, and knows {client}; asked for will be {service}", NULL },
	[FIND_AUTH_OK] = { "auth", OK, "{user} is let in (--auth {auth})", NULL },
	[FIND_SESSION_OK] = { "session", OK, "opened in {open_ms} ms with {requests} requests, a pipeline took {pipeline_ms} ms", NULL },
	[FIND_VERSION_OK] = { "version", OK, "PowerShell {version}, remoting protocol {protocol}", NULL },
	[FIND_LANGUAGE_OK] = { "language", OK, "FullLanguage", NULL },
	[FIND_WHO_OK] = { "who", OK, "{account}, administrator: {administrator}", NULL },
	[FIND_CONFIGURATIONS_OK] = { "configuration", OK, "{configurations}", NULL },
	[FIND_CONFIG_OK] = { "config", OK, "{settings}", NULL },
	[FIND_QUOTAS_OK] = { "quota", OK, "{quotas}", NULL },
	[FIND_SKIPPED] = { NULL, SKIPPED, "not checked: {why}", NULL },
};
/* clang-format on */
