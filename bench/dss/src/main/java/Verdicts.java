import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CertificateVerifier;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonCertificateSource;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.ExternalResourcesOCSPSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Validates PDFs with EU DSS and its default policy, in one JVM and offline, and prints a JSON object per line.
 *
 * <pre>java -cp 'bench/work/dss/verdicts-1.jar:bench/work/dss/lib/*' Verdicts THREADS LIST</pre>
 *
 * Each line of LIST is {@code FILE <tab> TRUST <tab> TIME}: a PDF, a folder with the subfolders {@code anchors},
 * {@code certificates}, {@code crl} and {@code ocsp} (DER files, each may be absent), and the validation time in
 * ISO 8601 with its offset. Answers come in the order of the list.
 */
public final class Verdicts {

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        ExecutorService threads = Executors.newFixedThreadPool(Integer.parseInt(arguments[0]));
        List<Future<String>> answers = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(arguments[1]))) {
            String[] job = line.split("\t");
            answers.add(threads.submit(() -> answer(job[0], new File(job[1]), job[2])));
        }
        try {
            for (Future<String> answer : answers) {
                out.println(answer.get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static String answer(String file, File trust, String time) {
        long start = System.nanoTime();
        String verdict;
        try {
            verdict = "\"signatures\": " + signatures(file, trust, time);
        } catch (Exception | StackOverflowError error) {
            // A file that DSS cannot read is an answer too; the other files are still to be judged.
            verdict = "\"error\": " + quoted(error.toString());
        }
        return "{\"file\": %s, \"milliseconds\": %d, %s}"
                .formatted(quoted(file), (System.nanoTime() - start) / 1_000_000, verdict);
    }

    private static List<String> signatures(String file, File trust, String time) throws IOException {
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
        validator.setCertificateVerifier(verifier(trust));
        validator.setValidationTime(Date.from(Instant.parse(time)));
        Reports reports = validator.validateDocument();
        SimpleReport simple = reports.getSimpleReport();
        List<String> found = new ArrayList<>();
        for (SignatureWrapper signature : reports.getDiagnosticData().getSignatures()) {
            found.add(described("signature", signature.getFirstFieldName(), simple, signature.getId()));
        }
        for (String id : simple.getTimestampIdList()) {
            found.add(described("document-timestamp", null, simple, id));
        }
        return found;
    }

    private static String described(String kind, String field, SimpleReport simple, String id) {
        List<String> reasons = simple.getAdESValidationErrors(id).stream()
                .map(message -> quoted(message.getKey() + ": " + message.getValue())).toList();
        return "{\"kind\": %s, \"field\": %s, \"indication\": %s, \"sub_indication\": %s, \"reasons\": %s}".formatted(
                quoted(kind), quoted(field), quoted(simple.getIndication(id)), quoted(simple.getSubIndication(id)),
                reasons);
    }

    /** Returns what DSS may use: the anchors, certificates, lists and responses of a folder, and no network. */
    private static CertificateVerifier verifier(File trust) throws IOException {
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        for (File file : files(trust, "anchors")) {
            anchors.addCertificate(DSSUtils.loadCertificate(file));
        }
        CommonCertificateSource certificates = new CommonCertificateSource();
        for (File file : files(trust, "certificates")) {
            certificates.addCertificate(DSSUtils.loadCertificate(file));
        }
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setAIASource(null);
        verifier.setTrustedCertSources(anchors);
        verifier.setAdjunctCertSources(certificates);
        verifier.setCrlSource(new ExternalResourcesCRLSource(documents(trust, "crl")));
        verifier.setOcspSource(new ExternalResourcesOCSPSource(documents(trust, "ocsp")));
        return verifier;
    }

    private static DSSDocument[] documents(File trust, String kind) {
        return Arrays.stream(files(trust, kind)).map(FileDocument::new).toArray(DSSDocument[]::new);
    }

    private static File[] files(File trust, String kind) {
        File[] found = new File(trust, kind).listFiles();
        if (found == null) {
            return new File[0];
        }
        Arrays.sort(found);
        return found;
    }

    private static String quoted(Object value) {
        if (value == null) {
            return "null";
        }
        StringBuilder text = new StringBuilder("\"");
        for (char letter : value.toString().toCharArray()) {
            if (letter == '"' || letter == '\\' || letter < ' ') {
                text.append("\\u%04x".formatted((int) letter));
            } else {
                text.append(letter);
            }
        }
        return text.append('"').toString();
    }

    private Verdicts() {
    }
}
