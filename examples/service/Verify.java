// Ten lines against `sigcheck serve`, JDK 17 alone: java Verify.java FILE.pdf
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;

class Verify {
    static final String SERVICE = "http://127.0.0.1:8000";

    public static void main(String[] arguments) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(SERVICE + "/v1/verify?lang=vi"))
            .header("Content-Type", "application/pdf") // .header("Authorization", "Bearer KEY")
            .POST(HttpRequest.BodyPublishers.ofFile(Path.of(arguments[0])))
            .build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) throw new IllegalStateException(answer.body());
        System.out.println(answer.body()); // documents[0].indication, by your JSON library
    }
}
